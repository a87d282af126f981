package io.logitstream.producers.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.producers.RunningThreads;
import io.logitstream.producers.TestCorpus;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerThreadsTest {
    private static final String NAME = "tokenizer";

    @TempDir
    Path folder;

    @Test
    void oneThreadFewerLeavesACoreToOtherWorkUntilAllAreUsed() throws Exception {
        TestCorpus corpus = new TestCorpus(folder, 4, 2);
        CorpusConfig config = corpus.inOrder().withTokenizing(new TokenizingConfig(3, 1 << 20));
        Set<Thread> before = RunningThreads.named(NAME);
        try (TokenizerThreads threads = new TokenizerThreads(config, corpus.tokenizer, 1)) {
            threads.leaveACore(3);
            encodeSome(threads);
            assertThat(started(before)).hasSize(2);

            threads.useAll();
            encodeSome(threads);
            assertThat(started(before)).hasSize(3);
        }
        RunningThreads.requireOnly(before, NAME);
        corpus.tokenizer.close();
    }

    private static void encodeSome(TokenizerThreads threads) throws InterruptedException, ExecutionException {
        // A pool starts a thread for each text until it has all of them.
        for (int i = 0; i < 5; i++) {
            assertThat(threads.encode("some words").get()).isNotEmpty();
        }
    }

    private static Set<Thread> started(Set<Thread> before) {
        Set<Thread> started = new HashSet<>(RunningThreads.named(NAME));
        started.removeAll(before);
        return started;
    }
}
