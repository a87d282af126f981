package io.logitstream.producers.corpus.files;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;

/** The order of a corpus' files: a function of their names and the seed, on every machine. */
final class FileOrder {
    private record Keyed(long key, CorpusFile file) {}

    private FileOrder() {}

    static List<CorpusFile> sorted(List<CorpusFile> files, long seed) {
        return files.stream()
                .map(file -> new Keyed(seed == 0 ? 0 : hash(seed, file.name()), file))
                .sorted(Comparator.comparingLong(Keyed::key)
                        .thenComparing(keyed -> keyed.file().name()))
                .map(Keyed::file)
                .toList();
    }

    private static long hash(long seed, String name) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest((seed + "\n" + name).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
