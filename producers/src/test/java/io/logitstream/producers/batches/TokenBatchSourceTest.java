package io.logitstream.producers.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.TestCorpus;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.BeginOfText;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenBatchSourceTest {
    @TempDir
    Path folder;

    private TestCorpus corpus;
    private List<CorpusBatch> all;

    @BeforeEach
    void readAll() {
        corpus = new TestCorpus(folder, 1, 12);
        all = corpus.batches(null, TokenBatchSource.Start.OF_CORPUS);
    }

    @AfterEach
    void close() {
        corpus.tokenizer.close();
    }

    @Test
    void batchesAreNumberedWithoutGapsAndShardsAreOfTheirSize() {
        int shards = all.get(all.size() - 1).shard() + 1;

        assertThat(shards).isGreaterThan(3);
        long tokens = 0;
        long before = 0;
        for (int i = 0; i < all.size(); i++) {
            CorpusBatch batch = all.get(i);
            boolean newShard = i > 0 && batch.shard() > all.get(i - 1).shard();
            before = newShard ? tokens : before;
            tokens += (long) batch.rows() * (batch.length() - 1);
            assertThat(batch.number()).isEqualTo(i);
            assertThat(batch.batch())
                    .isEqualTo(i == 0 || newShard ? 0 : all.get(i - 1).batch() + 1);
            assertThat(batch.tokensSoFar()).isEqualTo(tokens);
            assertThat(batch.tokensBeforeShard()).isEqualTo(before);
        }
    }

    @Test
    void tokensOfAllShardsAreTheDocumentsEachWithItsEnd() {
        List<Integer> expected = new ArrayList<>();
        try (CorpusReader reader = new CorpusReader(corpus.inOrder())) {
            while (reader.hasNext()) {
                TextPiece piece = reader.next();
                IntStream.of(corpus.tokenizer.encode(piece.text())).forEach(expected::add);
                expected.add(corpus.tokenizer.endOfText());
            }
        }

        List<CorpusBatch> batches = new ArrayList<>();
        try (TokenBatchSource source =
                new TokenBatchSource(corpus.inOrder(), corpus.tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            source.forEachRemaining(batches::add);
        }
        List<Integer> published = new ArrayList<>();
        for (CorpusBatch batch : batches) {
            for (int i = 0; i < batch.tokens().length; i++) {
                // The first token of a row is the last of the row before, but for a shard's very first.
                if (i % batch.length() > 0 || i == 0 && batch.batch() == 0) {
                    published.add(batch.tokens()[i]);
                }
            }
        }
        assertThat(published).isEqualTo(expected);
    }

    @Test
    void aBeginOfTextTokenPrecedesEachDocumentAndNotEachPiece() throws Exception {
        Path file = folder.resolve("lines.jsonl");
        String longText = "some words and more of them ".repeat(50_000);
        Files.writeString(file, "{\"text\": \"one\"}\n{\"text\": \"" + longText + "\"}\n{\"text\": \"two\"}\n");
        Path tokenizerFolder = Files.createDirectory(folder.resolve("with-begin"));
        corpus.tokenizer.copyTo(tokenizerFolder);
        Files.writeString(
                tokenizerFolder.resolve("tokenizer_config.json"),
                "{\"eos_token\": \"<|endoftext|>\", \"bos_token\": \"a\", \"add_bos_token\": true}");
        CorpusConfig config = new CorpusConfig(
                file.toString(), null, null, null, null, null, 0L, 1_000_000, 64, 1, null, null, null, null);

        try (Tokenizer tokenizer = Tokenizer.load(tokenizerFolder)) {
            int begin = tokenizer.beginOfText();
            List<Integer> none = tokens(config.withBoundaries(null, BeginOfText.NEVER, null), tokenizer);
            List<Integer> auto = tokens(config, tokenizer);
            List<Integer> expected = new ArrayList<>();
            boolean first = true;
            for (int id : none) {
                if (first) {
                    expected.add(begin);
                }
                expected.add(id);
                first = id == tokenizer.endOfText();
            }

            assertThat(auto).isEqualTo(expected).startsWith(begin);
            assertThat(auto.size() - none.size()).isEqualTo(3);
            assertThat(tokens(config.withBoundaries(null, BeginOfText.ALWAYS, null), tokenizer))
                    .isEqualTo(auto);
        }
        assertThat(tokens(config, corpus.tokenizer))
                .as("a tokenizer that adds none")
                .isEqualTo(tokens(config.withBoundaries(null, BeginOfText.NEVER, null), corpus.tokenizer));
        assertThatThrownBy(() -> tokens(config.withBoundaries(null, BeginOfText.ALWAYS, null), corpus.tokenizer))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("corpus.beginOfText", "bos_token");
    }

    /** The tokens of a corpus in order; a row's first token is the last of the row before. */
    private static List<Integer> tokens(CorpusConfig config, Tokenizer tokenizer) {
        List<Integer> tokens = new ArrayList<>();
        try (TokenBatchSource source = new TokenBatchSource(config, tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            source.forEachRemaining(batch -> IntStream.range(0, batch.tokens().length)
                    .filter(i -> i % batch.length() > 0 || i == 0 && batch.batch() == 0)
                    .forEach(i -> tokens.add(batch.tokens()[i])));
        }
        return tokens;
    }

    @Test
    void startingAtAnyShardGivesTheSameBatches() {
        for (CorpusBatch batch : all) {
            if (batch.batch() == 0) {
                List<CorpusBatch> rest = corpus.batches(
                        null, new TokenBatchSource.Start(batch.shard(), batch.number(), batch.tokensBeforeShard()));

                assertThat(rest).usingRecursiveComparison().isEqualTo(all.subList((int) batch.number(), all.size()));
            }
        }
    }

    @Test
    void endsWithTheBatchThatReachesTheLimit() {
        for (long limit = 1; limit < all.get(all.size() - 1).tokensSoFar(); limit += 777) {
            List<CorpusBatch> batches = corpus.batches(limit, TokenBatchSource.Start.OF_CORPUS);

            assertThat(batches).usingRecursiveComparison().isEqualTo(all.subList(0, batches.size()));
            assertThat(batches.get(batches.size() - 1).tokensSoFar()).isGreaterThanOrEqualTo(limit);
            assertThat(batches.size() == 1 || batches.get(batches.size() - 2).tokensSoFar() < limit)
                    .isTrue();
        }
    }

    @Test
    void aFileOfManyPiecesIsCutIntoShardsAndIsOneDocument() throws Exception {
        Path file = folder.resolve("long.txt");
        Files.writeString(file, "some words and more of them ".repeat(100_000));
        CorpusConfig config = new CorpusConfig(
                file.toString(), null, null, null, null, null, null, 1_000_000, 256, 8, null, null, null, null);

        List<CorpusBatch> batches = new ArrayList<>();
        try (TokenBatchSource source =
                new TokenBatchSource(config, corpus.tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            source.forEachRemaining(batches::add);
            assertThat(source.fraction()).isEqualTo(1);
            assertThat(source.report().documents()).isEqualTo(1);
        }

        long ends = batches.stream()
                .flatMapToInt(batch -> IntStream.of(batch.tokens()))
                .filter(id -> id == 0)
                .count();
        assertThat(ends).isEqualTo(1);
        assertThat(batches.get(batches.size() - 1).shard()).isEqualTo(2);
    }

    @Test
    void aCorpusWithoutTextIsAnError() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Files.createFile(empty.resolve("a.txt"));

        try (TokenBatchSource source = new TokenBatchSource(
                CorpusConfig.of(empty.toString()), corpus.tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            assertThatThrownBy(source::hasNext)
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("empty corpus");
        }
    }
}
