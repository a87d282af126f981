package io.logitstream.pipeline.console;

/** Size of a terminal. Queried before each repaint, so that a resize is noticed. */
public interface TerminalSize {
    /** Width in columns. */
    int columns();

    /** Height in lines. */
    int rows();
}
