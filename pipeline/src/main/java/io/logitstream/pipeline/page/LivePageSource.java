package io.logitstream.pipeline.page;

/** What a page shows. Asked by the server's threads at any time. */
public interface LivePageSource {
    /** Name of what runs, for the title. */
    String title();

    /** The state now, as JSON: small, asked for every second or two. */
    byte[] live();

    /** Curves of the runs that the report does not have yet, as JSON. */
    byte[] curves();

    /** The data of the report as it is now, as JSON; {@code null} as text before there is any. */
    byte[] report();

    /** Whether the command is over: then what was served last is the last. */
    boolean isOver();
}
