package io.logitstream.pipeline.console;

/** Size of a terminal, asked again before each repaint so that a resized window is noticed. */
public interface TerminalSize {
    /** Width in character cells. */
    int columns();

    /** Height in lines. */
    int rows();
}
