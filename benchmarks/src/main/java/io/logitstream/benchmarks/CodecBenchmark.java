package io.logitstream.benchmarks;

import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.codec.compact.RealisticLogits;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Positions per second on one core, encoding and decoding a batch of 8 rows of 256 at a vocabulary of 151,936. {@code
 * top-p-50} is top-p 0.95 cut to 50 entries (24 on average), {@code top-50} exactly 50 entries per position. Run with
 * {@code -prof gc} it shows what is allocated.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class CodecBenchmark {
    private static final int POSITIONS = 8 * 256;

    /** Codec. {@code compact-1-supports} holds no samples: {@code -p codecName=... -p content=top-p-50,top-50}. */
    @Param({"compact-1", "plain"})
    public String codecName;

    @Param({"top-p-50", "top-50", "sampled-50"})
    public String content;

    private LogitsCodec codec;
    private PayloadShape shape;
    private SparseLogits logits;
    private ByteBuffer payload;
    private final SparseLogits into = new SparseLogits();

    @Setup
    public void setUp() {
        RealisticLogits realistic = RealisticLogits.load();
        codec = LogitsCodecs.byName(codecName);
        boolean sampled = content.equals("sampled-50");
        shape = sampled ? realistic.sampledShape() : realistic.shape();
        logits = sampled
                ? realistic.sampled()
                : realistic.select(content.equals("top-50") ? Double.POSITIVE_INFINITY : 0.95, 50);
        payload = codec.encode(logits, shape);
        System.out.printf(
                "%n%s, %s: %.1f entries and %.1f bytes per position%n",
                codecName, content, (double) logits.total() / POSITIONS, (double) payload.remaining() / POSITIONS);
    }

    @Benchmark
    @OperationsPerInvocation(POSITIONS)
    public SparseLogits decode() {
        codec.decode(payload.duplicate(), shape, into);
        return into;
    }

    @Benchmark
    @OperationsPerInvocation(POSITIONS)
    public ByteBuffer encode() {
        return codec.encode(logits, shape);
    }
}
