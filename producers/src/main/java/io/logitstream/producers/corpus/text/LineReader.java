package io.logitstream.producers.corpus.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads lines of bytes. A line that exceeds the limit is skipped without being held in memory. */
final class LineReader {
    private final InputStream in;
    private final int limit;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final byte[] chunk = new byte[1 << 16];
    private int from;
    private int to;
    private long number;
    private boolean tooLong;

    /** @param limit maximum number of bytes of a line */
    LineReader(InputStream in, int limit) {
        this.in = in;
        this.limit = limit;
    }

    /** Number of the last returned line, from 1. */
    long number() {
        return number;
    }

    /** Whether the last returned line exceeded the limit. It was returned empty then. */
    boolean tooLong() {
        return tooLong;
    }

    /** Next line without its line feed; null after the last one. */
    byte[] next() throws IOException {
        line.reset();
        tooLong = false;
        boolean any = false;
        while (from < to || fill()) {
            any = true;
            int end = from;
            while (end < to && chunk[end] != '\n') {
                end++;
            }
            keep(end);
            boolean ended = end < to;
            from = ended ? end + 1 : end;
            if (ended) {
                break;
            }
        }
        number += any ? 1 : 0;
        return any ? line.toByteArray() : null;
    }

    private void keep(int end) {
        tooLong = tooLong || line.size() + (end - from) > limit;
        if (tooLong) {
            line.reset();
        } else {
            line.write(chunk, from, end - from);
        }
    }

    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(chunk));
        return to > 0;
    }
}
