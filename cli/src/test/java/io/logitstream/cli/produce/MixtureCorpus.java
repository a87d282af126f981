package io.logitstream.cli.produce;

import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A mixture of three formats, of the tokenizer of the bundled teacher. */
final class MixtureCorpus {
    private static final int COPIES = 8;

    private MixtureCorpus() {}

    /** Writes the sources below a folder. */
    static void write(Path folder) throws IOException {
        for (int i = 0; i < COPIES; i++) {
            copy(
                    "texts.jsonl.zst",
                    Files.createDirectories(folder.resolve("lines")).resolve(i + ".jsonl.zst"));
            copy(
                    "texts.parquet",
                    Files.createDirectories(folder.resolve("rows")).resolve(i + ".parquet"));
            copy("texts.idx", Files.createDirectories(folder.resolve("ids")).resolve(i + ".idx"));
            copy("texts.bin", folder.resolve("ids").resolve(i + ".bin"));
        }
    }

    private static void copy(String resource, Path file) throws IOException {
        try (InputStream in = MixtureCorpus.class.getResourceAsStream(resource)) {
            Files.copy(in, file);
        }
    }

    /** The mixture, tokenized by three threads: one source is repeated, one stops at a number of tokens. */
    static CorpusConfig config(Path folder) {
        return new CorpusConfig(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                20_000,
                32,
                2,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new TokenizingConfig(3, 1 << 20),
                null,
                Map.of(
                        "lines",
                        source(folder.resolve("lines"), 1.5, 2, null),
                        "rows",
                        source(folder.resolve("rows"), 2, 1, null),
                        "ids",
                        source(folder.resolve("ids"), 1, 1, 60_000L)));
    }

    private static MixtureSource source(Path folder, double weight, int epochs, Long maxTokens) {
        return new MixtureSource(folder.toString(), weight, epochs, maxTokens, null, null, null, null);
    }
}
