package io.logitstream.producers.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.producers.TestCorpus;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizedPiecesTest {
    @TempDir
    Path folder;

    @Test
    void threadsGiveTheBatchesOfOneThread() {
        TestCorpus corpus = new TestCorpus(folder, 11, 40);
        List<CorpusBatch> one = batches(corpus, with(corpus.inOrder(), 1, 1), TokenBatchSource.Start.OF_CORPUS);

        assertThat(one.get(one.size() - 1).shard()).isGreaterThan(5);
        for (int aheadBytes : new int[] {1, 10_000, 1 << 20}) {
            assertThat(batches(corpus, with(corpus.inOrder(), 4, aheadBytes), TokenBatchSource.Start.OF_CORPUS))
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(one);
        }
        CorpusBatch later = one.get(one.size() / 2);
        TokenBatchSource.Start start =
                new TokenBatchSource.Start(later.shard(), later.number() - later.batch(), later.tokensBeforeShard());
        assertThat(batches(corpus, with(corpus.inOrder(), 3, 1 << 20), start))
                .usingRecursiveFieldByFieldElementComparator()
                .isEqualTo(one.subList(one.size() / 2 - later.batch(), one.size()));
    }

    /** What is counted does not depend on how far the threads are ahead. */
    @Test
    void countsAreThoseOfTheTextThatIsUsed() {
        TestCorpus corpus = new TestCorpus(folder, 12, 30);
        List<String> reports = new ArrayList<>();
        for (int threads : new int[] {1, 3}) {
            try (TokenBatchSource source = new TokenBatchSource(
                    with(corpus.inOrder(), threads, 1 << 20), corpus.tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
                while (source.next().shard() < 5) {
                    assertThat(source.fraction()).isLessThan(1);
                }
                reports.add(source.report() + " " + source.fraction() + " " + source.excluded());
            }
        }
        assertThat(reports.get(1)).isEqualTo(reports.get(0)).doesNotStartWith("30 documents");
    }

    @Test
    void aFailureFollowsTheBatchesBeforeIt() throws Exception {
        TestCorpus corpus = new TestCorpus(folder, 13, 30);
        List<CorpusBatch> all = batches(corpus, with(corpus.inOrder(), 1, 1), TokenBatchSource.Start.OF_CORPUS);
        Path broken = Files.writeString(folder.resolve("text").resolve("zzz.parquet"), "no Parquet file at all");
        List<CorpusBatch> before = new ArrayList<>();
        try (TokenBatchSource source = new TokenBatchSource(
                with(corpus.inOrder(), 3, 1 << 24), corpus.tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            assertThatThrownBy(() -> source.forEachRemaining(before::add))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageStartingWith(broken + ": it is not a Parquet file");
        }
        int shards = all.get(all.size() - 1).shard();
        assertThat(before)
                .usingRecursiveFieldByFieldElementComparator()
                .isEqualTo(all.stream().filter(batch -> batch.shard() < shards).toList());
    }

    private static List<CorpusBatch> batches(TestCorpus corpus, CorpusConfig config, TokenBatchSource.Start start) {
        List<CorpusBatch> batches = new ArrayList<>();
        try (TokenBatchSource source = new TokenBatchSource(config, corpus.tokenizer, start)) {
            source.forEachRemaining(batches::add);
        }
        return batches;
    }

    private static CorpusConfig with(CorpusConfig config, int threads, int aheadBytes) {
        return config.withTokenizing(new TokenizingConfig(threads, aheadBytes));
    }
}
