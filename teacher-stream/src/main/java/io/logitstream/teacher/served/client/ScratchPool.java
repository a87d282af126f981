package io.logitstream.teacher.served.client;

import io.logitstream.teacher.served.wire.RowScores;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Buffers that requests use one after the other. Thread-safe. */
final class ScratchPool {
    private final ThreadLocal<ScoringExchange> exchanges;
    private final Queue<RowScores> rows = new ConcurrentLinkedQueue<>();
    private final AtomicInteger kept = new AtomicInteger();
    private final int most;

    /**
     * @param exchange creates the buffers of a thread
     * @param most maximum number of rows to keep
     */
    ScratchPool(Supplier<ScoringExchange> exchange, int most) {
        exchanges = ThreadLocal.withInitial(exchange);
        this.most = most;
    }

    /** The buffers of the current thread. */
    ScoringExchange exchange() {
        return exchanges.get();
    }

    /** A row that nothing else uses. */
    RowScores row() {
        RowScores row = rows.poll();
        if (row == null) {
            return new RowScores();
        }
        kept.decrementAndGet();
        return row;
    }

    /** Takes rows back. */
    void recycle(RowScores[] unused) {
        for (RowScores row : unused) {
            if (kept.get() < most) {
                kept.incrementAndGet();
                rows.add(row);
            }
        }
    }
}
