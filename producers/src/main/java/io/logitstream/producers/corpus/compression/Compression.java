package io.logitstream.producers.corpus.compression;

import io.logitstream.producers.corpus.files.CorpusFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** Decompresses gzip and zstd, recognised by a file's name, or by the first bytes of a stream without a name. */
public final class Compression {
    private static final int BUFFER = 1 << 16;

    private Compression() {}

    /** Name of a file without .gz or .zst. */
    public static String innerName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".gz")
                ? name.substring(0, name.length() - 3)
                : lower.endsWith(".zst") ? name.substring(0, name.length() - 4) : name;
    }

    /**
     * Decompresses a file if it is compressed.
     *
     * @param file the file
     * @param stored its stored bytes; closed with the result, and if decompression fails at once
     */
    public static BufferedInputStream unpack(CorpusFile file, InputStream stored) throws IOException {
        BufferedInputStream in = new BufferedInputStream(stored, BUFFER);
        try {
            String name = file.name().toLowerCase(Locale.ROOT);
            boolean byContent = !file.repeatable();
            if (name.endsWith(".gz") || byContent && startsWith(in, 0x1F, 0x8B)) {
                return new BufferedInputStream(new GzipMembers(in), BUFFER);
            }
            if (name.endsWith(".zst") || byContent && startsWith(in, 0x28, 0xB5, 0x2F, 0xFD)) {
                return new BufferedInputStream(new ZstdFrames(in), BUFFER);
            }
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private static boolean startsWith(BufferedInputStream in, int... magic) throws IOException {
        in.mark(magic.length);
        boolean same = true;
        for (int expected : magic) {
            same = same && in.read() == expected;
        }
        in.reset();
        return same;
    }
}
