package io.logitstream.producers.corpus.indexed;

import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Takes each {@code .bin} file with its index as one file of a corpus. */
public final class IndexedPairs {
    private IndexedPairs() {}

    /** The files with the size of the tokens in place of an index's, and without the {@code .bin} files of indexes. */
    public static List<CorpusFile> joined(List<CorpusFile> files) {
        List<CorpusFile> joined = new ArrayList<>();
        Set<Path> bins = new HashSet<>();
        for (CorpusFile file : files) {
            try {
                if (IndexedDocuments.isIndex(file.path())) {
                    Path bin = IndexedDocuments.bin(file.path());
                    bins.add(bin);
                    long bytes = Files.isRegularFile(bin) ? Files.size(bin) : 0;
                    joined.add(new CorpusFile(file.name(), bytes, true, file.path(), file.opener()));
                    continue;
                }
            } catch (IOException e) {
                // Opening the file gives the reason again.
            }
            joined.add(file);
        }
        joined.removeIf(file -> file.path() != null && bins.contains(file.path()));
        return joined;
    }

    /** A corpus whose source is the index, if it names the {@code .bin} file or, like Megatron, what both begin with. */
    public static CorpusConfig resolved(CorpusConfig config) {
        Path index;
        try {
            Path source = Path.of(config.source());
            boolean other = Files.exists(source) && !config.source().endsWith(".bin");
            index = other || config.watch() != null ? null : indexOf(source);
        } catch (InvalidPathException e) {
            return config;
        }
        return index == null ? config : config.withSource(index.toString());
    }

    /** The index that a {@code .bin} file is read through; null for all other files. */
    public static Path indexOfTokens(Path file) {
        return file.toString().endsWith(".bin") ? indexOf(file) : null;
    }

    private static Path indexOf(Path source) {
        String name = source.getFileName() == null ? "" : source.getFileName().toString();
        String prefix = name.endsWith(".bin") ? name.substring(0, name.length() - 4) : name;
        Path index = source.resolveSibling(prefix + ".idx");
        try {
            return Files.isRegularFile(index) && IndexedDocuments.isIndex(index) ? index : null;
        } catch (IOException e) {
            return null;
        }
    }
}
