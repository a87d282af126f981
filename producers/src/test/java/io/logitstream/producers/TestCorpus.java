package io.logitstream.producers;

import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small corpus of random words with a tokenizer of its own. */
public final class TestCorpus {
    static final int CONTEXT = 16;
    static final int ROWS = 2;

    public final Path source;
    public final Tokenizer tokenizer;

    /**
     * @param files number of files, of up to 1,000 words each
     */
    public TestCorpus(Path folder, long seed, int files) {
        Random random = new Random(seed);
        source = folder.resolve("text");
        List<String> texts = new ArrayList<>();
        try {
            Files.createDirectories(source);
            for (int i = 0; i < files; i++) {
                StringBuilder text = new StringBuilder();
                for (int words = 1 + random.nextInt(1000); words > 0; words--) {
                    text.append(Integer.toString(random.nextInt(200), 36)).append(random.nextInt(9) == 0 ? "\n" : " ");
                }
                texts.add(text.toString());
                Files.writeString(source.resolve(i + ".txt"), text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        BpeTrainer.train(texts.iterator(), 300, folder.resolve("tokenizer"));
        tokenizer = Tokenizer.load(folder.resolve("tokenizer"));
    }

    /** Its settings: small rows, small shards. */
    CorpusConfig config(Long maxTokens) {
        return config(source.toString(), "c", maxTokens, null);
    }

    /**
     * Settings of any corpus: small rows, small shards.
     *
     * @param sources sources of a mixture; null for none
     */
    public static CorpusConfig config(String source, String name, Long maxTokens, Map<String, MixtureSource> sources) {
        return new CorpusConfig(
                source, name, null, null, null, null, null, 5000, CONTEXT, ROWS, maxTokens, null, null, null, null,
                null, null, null, null, sources);
    }

    /** The same with files and rows in the order of names and text. */
    public CorpusConfig inOrder() {
        return new CorpusConfig(
                source.toString(), "c", null, null, null, null, 0L, 5000, CONTEXT, ROWS, null, null, null, null);
    }

    /** All of its batches, or those from a start on. */
    public List<CorpusBatch> batches(Long maxTokens, TokenBatchSource.Start start) {
        List<CorpusBatch> batches = new ArrayList<>();
        try (TokenBatchSource batchSource = new TokenBatchSource(config(maxTokens), tokenizer, start)) {
            batchSource.forEachRemaining(batches::add);
        }
        return batches;
    }
}
