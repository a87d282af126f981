package io.logitstream.benchmarks;

import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.codec.compact.RealisticLogits;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.model.ServedSelection;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.sglang.SglangDialect;
import io.logitstream.teacher.served.vllm.VllmDialect;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.JsonReader;
import io.logitstream.teacher.served.wire.RowScores;
import io.logitstream.teacher.served.wire.ScoringEndpoint;
import io.logitstream.teacher.served.wire.ServerDialect;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
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
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Positions per second on one core, from the bytes of a server's answers to what the stream makes of them, for a batch of
 * 8 rows of 256 with 50 entries per position at a vocabulary of 151,936. {@code selected} ends with the selected logits
 * and the loss of the text, {@code payload} with the encoded payload of a record. The last lines compare the first with
 * its aim. Run with {@code -prof gc} it shows what is allocated.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class ServedAnswersBenchmark {
    private static final int ROWS = 8;
    private static final int POSITIONS = ROWS * 256;
    private static final int K = 50;
    private static final double VLLM_AIM = 50_000;
    private static final double SGLANG_AIM = 500_000;

    @Param({"vllm-generate", "vllm-completions", "sglang-base64", "sglang-nested"})
    public String format;

    private AnswerReader reader;
    private int[][][] prompts;
    private byte[][] answers;
    private RowScores[][] rows;
    private RowScores[] batch;
    private PayloadShape shape;
    private final SelectionConfig selection = new SelectionConfig(null, K);
    private final LogitsCodec codec = LogitsCodecs.withoutStatistics("compact-1");
    private final JsonReader json = new JsonReader();
    private final PromptScores into = new PromptScores();

    /** Runs the benchmark with options of JMH, and compares the results with the aims. */
    public static void main(String[] arguments) throws Exception {
        var results = new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(arguments))
                        .include(ServedAnswersBenchmark.class.getName())
                        .build())
                .run();
        for (RunResult result : results) {
            ServedAnswersBenchmark of = new ServedAnswersBenchmark();
            of.format = result.getParams().getParam("format");
            of.setUp();
            double rate = result.getPrimaryResult().getScore();
            System.out.printf(
                    Locale.ROOT,
                    "%-8s %-16s %,11.0f positions/s, %,6.0f bytes per position%s%n",
                    result.getPrimaryResult().getLabel(),
                    of.format,
                    rate,
                    of.bytesPerPosition(),
                    aim(result.getPrimaryResult().getLabel(), of.format, rate));
        }
    }

    private static String aim(String what, String format, double rate) {
        double aim = format.startsWith("vllm") ? VLLM_AIM : format.equals("sglang-base64") ? SGLANG_AIM : 0;
        return aim == 0 || !what.equals("selected")
                ? ""
                : String.format(Locale.ROOT, ", %.2f of the aim of %,.0f", rate / aim, aim);
    }

    @Setup
    public void setUp() {
        RealisticLogits realistic = RealisticLogits.load();
        shape = realistic.shape();
        ScoringRequirements requirements = new ScoringRequirements(K, shape.vocabularySize(), shape.vocabularySize());
        ServerDialect dialect = format.startsWith("vllm") ? new VllmDialect() : new SglangDialect();
        ScoringEndpoint endpoint =
                dialect.endpoints("model", requirements).get(format.equals("vllm-completions") ? 1 : 0);
        ServerAnswers server = new ServerAnswers(format, realistic.select(Double.POSITIVE_INFINITY, K), K);
        reader = endpoint.newReader();
        int perRequest = endpoint.takesSeveralPrompts() ? ROWS : 1;
        prompts = new int[ROWS / perRequest][perRequest][];
        answers = new byte[prompts.length][];
        rows = new RowScores[prompts.length][perRequest];
        batch = new RowScores[ROWS];
        for (int row = 0; row < ROWS; row++) {
            prompts[row / perRequest][row % perRequest] =
                    Arrays.copyOfRange(shape.tokens(), row * shape.length(), (row + 1) * shape.length());
            batch[row] = new RowScores();
            rows[row / perRequest][row % perRequest] = batch[row];
        }
        for (int request = 0; request < prompts.length; request++) {
            answers[request] = server.answer(prompts[request], request * perRequest * (shape.length() - 1));
        }
    }

    private double bytesPerPosition() {
        return Arrays.stream(answers).mapToDouble(answer -> answer.length).sum() / POSITIONS;
    }

    @Benchmark
    @OperationsPerInvocation(POSITIONS)
    public SparseLogits selected(Blackhole blackhole) throws IOException, AnswerException {
        for (int request = 0; request < answers.length; request++) {
            json.start(new ByteArrayInputStream(answers[request]));
            reader.read(json, prompts[request], rows[request]);
            json.end();
        }
        RowScores.join(batch, into);
        SparseLogits logits = ServedSelection.select(into, selection);
        blackhole.consume(ServedSelection.textLoss(into));
        return logits;
    }

    @Benchmark
    @OperationsPerInvocation(POSITIONS)
    public ByteBuffer payload(Blackhole blackhole) throws IOException, AnswerException {
        return codec.encode(selected(blackhole), shape);
    }
}
