package io.logitstream.producers.batches;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ReadAheadTest {
    @Test
    @Timeout(20)
    void theThreadsThatTokenizeEndWithTheCorpusAlthoughNobodyTakesItsEnd() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        try (ReadAhead ahead = new ReadAhead(source(ended), () -> {})) {
            ended.await();

            assertThat(ahead.poll(0).batch()).isNull();
        }
    }

    private static BatchSource source(CountDownLatch ended) {
        return new BatchSource() {
            @Override
            public boolean hasNext() {
                return false;
            }

            @Override
            public CorpusBatch next() {
                throw new AssertionError("there is none");
            }

            @Override
            public double fraction() {
                return 1;
            }

            @Override
            public void endThreads() {
                ended.countDown();
            }

            @Override
            public void close() {}
        };
    }
}
