package io.logitstream.producers.corpus.files;

import io.logitstream.files.Sha256;
import java.util.Comparator;
import java.util.List;

/** Order of a corpus' files: a function of their names and the seed, equal on all machines. */
final class FileOrder {
    private record Keyed(long key, CorpusFile file) {}

    private FileOrder() {}

    static List<CorpusFile> sorted(List<CorpusFile> files, long seed) {
        return files.stream()
                .map(file -> new Keyed(seed == 0 ? 0 : Sha256.firstLong(seed + "\n" + file.name()), file))
                .sorted(Comparator.comparingLong(Keyed::key)
                        .thenComparing(keyed -> keyed.file().name()))
                .map(Keyed::file)
                .toList();
    }
}
