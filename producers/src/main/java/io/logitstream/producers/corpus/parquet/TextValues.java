package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Decodes the values of a page, without nulls, in order. */
abstract class TextValues {
    private static final int PLAIN = 0;
    private static final int PLAIN_DICTIONARY = 2;
    private static final int DELTA_LENGTH = 6;
    private static final int DELTA = 7;
    private static final int RLE_DICTIONARY = 8;

    /**
     * A value.
     *
     * @param length number of bytes
     * @param bytes the bytes, to be read before the next value
     */
    record Value(int length, InputStream bytes) {}

    /**
     * Decodes the values of a page.
     *
     * @param encoding code of the encoding
     * @param in values of the page
     * @param dictionary dictionary of the row group; null if it has none
     * @param max largest number of values
     */
    static TextValues of(int encoding, PageBytes in, Dictionary dictionary, int max) throws IOException {
        return switch (encoding) {
            case PLAIN -> new Plain(in);
            case PLAIN_DICTIONARY, RLE_DICTIONARY -> new Indexed(in, dictionary);
            case DELTA_LENGTH -> new Lengths(in, max);
            case DELTA -> new Prefixes(in, max);
            default ->
                throw UnusableFileException.misfit("its text has an encoding of number " + encoding
                        + ", which is not supported; write it with plain encoding");
        };
    }

    /** Next value. */
    abstract Value next() throws IOException;

    private static final class Plain extends TextValues {
        private final PageBytes in;

        Plain(PageBytes in) {
            this.in = in;
        }

        @Override
        Value next() throws IOException {
            int length = in.requireLength(in.littleEndian());
            return new Value(length, new PageBytes(in, length));
        }
    }

    private static final class Indexed extends TextValues {
        private final HybridReader indexes;
        private final Dictionary dictionary;

        Indexed(PageBytes in, Dictionary dictionary) throws IOException {
            this.dictionary = dictionary;
            indexes = new HybridReader(in, in.left() == 0 ? 0 : in.next());
        }

        @Override
        Value next() throws IOException {
            // A page of nulls alone needs none.
            if (dictionary == null) {
                throw UnusableFileException.damaged("a row group has no dictionary");
            }
            return dictionary.value(indexes.next());
        }
    }

    private static final class Lengths extends TextValues {
        private final PageBytes in;
        private final int[] lengths;
        private int given;

        Lengths(PageBytes in, int max) throws IOException {
            this.in = in;
            lengths = DeltaIntegers.read(in, max);
        }

        @Override
        Value next() throws IOException {
            if (given == lengths.length) {
                throw PageBytes.corrupt();
            }
            int length = in.requireLength(lengths[given++]);
            return new Value(length, new PageBytes(in, length));
        }
    }

    /** Each value begins like the one before it. */
    private static final class Prefixes extends TextValues {
        private final PageBytes in;
        private final int[] prefixes;
        private final int[] suffixes;
        private byte[] value = new byte[0];
        private int length;
        private int given;

        Prefixes(PageBytes in, int max) throws IOException {
            this.in = in;
            prefixes = DeltaIntegers.read(in, max);
            suffixes = DeltaIntegers.read(in, max);
            if (prefixes.length != suffixes.length) {
                throw PageBytes.corrupt();
            }
        }

        @Override
        Value next() throws IOException {
            if (given == prefixes.length || prefixes[given] > length) {
                throw PageBytes.corrupt();
            }
            int prefix = prefixes[given];
            int suffix = in.requireLength(suffixes[given++]);
            PageBytes.requireHeld((long) prefix + suffix);
            length = prefix + suffix;
            if (length > value.length) {
                value = Arrays.copyOf(value, (int) Math.min(Math.max(length, 2L * value.length), PageBytes.MAX_HELD));
            }
            in.fill(value, prefix, suffix);
            return new Value(length, new ByteArrayInputStream(value, 0, length));
        }
    }
}
