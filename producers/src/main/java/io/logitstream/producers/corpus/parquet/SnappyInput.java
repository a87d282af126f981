package io.logitstream.producers.corpus.parquet;

import java.io.IOException;
import java.io.InputStream;

/** Decompresses a block of Snappy. */
final class SnappyInput extends BackReferenceInput {
    private static final int SHORT_LITERALS = 60;

    private long size = -1;

    SnappyInput(InputStream in) {
        super(in);
    }

    @Override
    boolean nextElement() throws IOException {
        if (size < 0) {
            size = size();
        }
        if (given() >= size) {
            return false;
        }
        int tag = next();
        int upper = tag >>> 2;
        switch (tag & 3) {
            case 0 -> literals(1 + (upper < SHORT_LITERALS ? upper : little(upper - SHORT_LITERALS + 1)));
            case 1 -> copy((upper & 7) + 4, (long) (upper >>> 3) << 8 | next());
            case 2 -> copy(upper + 1, little(2));
            default -> copy(upper + 1, little(4));
        }
        return true;
    }

    private long size() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int b = next();
            value |= (long) (b & 0x7F) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw corrupt();
    }
}
