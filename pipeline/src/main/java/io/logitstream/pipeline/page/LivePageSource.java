package io.logitstream.pipeline.page;

/** Data of a live page. Called by the server's threads at any time. */
public interface LivePageSource {
    /** Title of the page. */
    String title();

    /** The current state as JSON. Small; polled about once a second. */
    byte[] live();

    /** Curves of the runs that the report does not show yet, as JSON. */
    byte[] curves();

    /** Data of the current report as JSON; {@code null} as text before there is a report. */
    byte[] report();

    /** Whether the command has ended, so that the data no longer change. */
    boolean isOver();
}
