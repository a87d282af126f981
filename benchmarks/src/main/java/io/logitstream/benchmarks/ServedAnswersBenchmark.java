package io.logitstream.benchmarks;

import io.logitstream.schemas.codec.compact.RealisticLogits;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
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
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
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

/**
 * Positions per second on one core, from the bytes of a server's answers to the checked scores of a batch of 8 rows of
 * 256 with 50 entries per position at a vocabulary of 151,936. Prints the bytes per position. Run with {@code -prof gc}
 * it shows what is allocated.
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
    /** Log-probability of a text's token that is not among the 50 most likely. */
    private static final float UNLIKELY = -12.345678f;

    @Param({"vllm-generate", "vllm-completions", "sglang-base64", "sglang-nested"})
    public String format;

    private AnswerReader reader;
    private int[][][] prompts;
    private byte[][] answers;
    private RowScores[][] rows;
    private RowScores[] batch;
    private final JsonReader json = new JsonReader();
    private final PromptScores into = new PromptScores();

    @Setup
    public void setUp() {
        RealisticLogits realistic = RealisticLogits.load();
        PayloadShape shape = realistic.shape();
        SparseLogits logits = realistic.select(Double.POSITIVE_INFINITY, K);
        ScoringRequirements requirements = new ScoringRequirements(K, shape.vocabularySize(), shape.vocabularySize());
        ServerDialect dialect = format.startsWith("vllm") ? new VllmDialect() : new SglangDialect();
        ScoringEndpoint endpoint =
                dialect.endpoints("model", requirements).get(format.equals("vllm-completions") ? 1 : 0);
        reader = endpoint.newReader();
        int perRequest = endpoint.takesSeveralPrompts() ? ROWS : 1;
        prompts = new int[ROWS / perRequest][perRequest][];
        answers = new byte[prompts.length][];
        rows = new RowScores[prompts.length][perRequest];
        batch = new RowScores[ROWS];
        long bytes = 0;
        for (int request = 0; request < prompts.length; request++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < perRequest; i++) {
                int row = request * perRequest + i;
                prompts[request][i] =
                        Arrays.copyOfRange(shape.tokens(), row * shape.length(), (row + 1) * shape.length());
                rows[request][i] = new RowScores();
                batch[row] = rows[request][i];
                text.append(i == 0 ? "" : ",").append(prompt(prompts[request][i], logits, row * 256, i));
            }
            answers[request] = whole(text).getBytes(StandardCharsets.UTF_8);
            bytes += answers[request].length;
        }
        System.out.printf(Locale.ROOT, "%n%s: %.0f bytes per position%n", format, (double) bytes / POSITIONS);
    }

    private String whole(StringBuilder prompts) {
        return switch (format) {
            case "vllm-generate" -> "{\"request_id\":\"1\",\"choices\":[{\"index\":0}]," + prompts + "}";
            case "vllm-completions" -> "{\"id\":\"1\",\"model\":\"model\",\"choices\":[" + prompts + "]}";
            default -> "[" + prompts + "]";
        };
    }

    private String prompt(int[] prompt, SparseLogits logits, int first, int index) {
        return switch (format) {
            case "vllm-generate" -> "\"prompt_logprobs\":" + vllm(prompt, logits, first);
            case "vllm-completions" ->
                "{\"index\":" + index + ",\"text\":\" the\",\"prompt_logprobs\":" + vllm(prompt, logits, first)
                        + ",\"prompt_token_ids\":" + Arrays.toString(prompt) + "}";
            default ->
                "{\"text\":\"\",\"meta_info\":{" + texts(prompt, logits, first) + "," + top(prompt, logits, first)
                        + "}}";
        };
    }

    private String vllm(int[] prompt, SparseLogits logits, int first) {
        StringBuilder text = new StringBuilder("[null");
        for (int i = 0; i < prompt.length - 1; i++) {
            int from = logits.offsets()[first + i];
            int own = find(logits, from, prompt[i + 1]);
            text.append(",{");
            if (own < 0) {
                entry(text, prompt[i + 1], UNLIKELY, 4321).append(',');
            }
            for (int j = from; j < from + K; j++) {
                entry(text.append(j == from ? "" : ","), logits.ids()[j], logits.logProbs()[j], j - from + 1);
            }
            text.append('}');
        }
        return text.append(']').toString();
    }

    private static int find(SparseLogits logits, int from, int id) {
        for (int j = from; j < from + K; j++) {
            if (logits.ids()[j] == id) {
                return j;
            }
        }
        return -1;
    }

    // A float as Python writes it: the digits of its value as a double.
    private StringBuilder entry(StringBuilder text, int id, float logProb, int rank) {
        text.append('"')
                .append(id)
                .append("\":{\"logprob\":")
                .append((double) logProb)
                .append(",\"rank\":")
                .append(rank);
        return text.append(
                format.equals("vllm-completions") ? ",\"decoded_token\":\" token\"}" : ",\"decoded_token\":null}");
    }

    private static String texts(int[] prompt, SparseLogits logits, int first) {
        StringBuilder text = new StringBuilder("\"input_token_logprobs\":[[null," + prompt[0] + ",null]");
        for (int i = 0; i < prompt.length - 1; i++) {
            int own = find(logits, logits.offsets()[first + i], prompt[i + 1]);
            text.append(",[").append((double) (own < 0 ? UNLIKELY : logits.logProbs()[own]));
            text.append(',').append(prompt[i + 1]).append(",null]");
        }
        return text.append(']').toString();
    }

    private String top(int[] prompt, SparseLogits logits, int first) {
        int positions = prompt.length - 1;
        int from = logits.offsets()[first];
        if (format.equals("sglang-nested")) {
            StringBuilder text = new StringBuilder("\"input_top_logprobs\":[null");
            for (int i = 0; i < positions; i++) {
                text.append(",[");
                for (int j = from + i * K; j < from + (i + 1) * K; j++) {
                    text.append(j == from + i * K ? "[" : ",[").append((double) logits.logProbs()[j]);
                    text.append(',').append(logits.ids()[j]).append(",null]");
                }
                text.append(']');
            }
            return text.append(']').toString();
        }
        ByteBuffer values = ByteBuffer.allocate(4 * positions * K).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer ids = ByteBuffer.allocate(4 * positions * K).order(ByteOrder.LITTLE_ENDIAN);
        values.asFloatBuffer().put(logits.logProbs(), from, positions * K);
        ids.asIntBuffer().put(logits.ids(), from, positions * K);
        return "\"input_top_logprobs_shape\":[" + positions + "," + K + "],\"input_top_logprobs_null_prefix\":1,"
                + "\"input_top_logprobs_val_flat_b64\":\"" + Base64.getEncoder().encodeToString(values.array())
                + "\",\"input_top_logprobs_val_flat_b64_dtype\":\"float32\",\"input_top_logprobs_idx_flat_b64\":\""
                + Base64.getEncoder().encodeToString(ids.array())
                + "\",\"input_top_logprobs_idx_flat_b64_dtype\":\"int32\"";
    }

    @Benchmark
    @OperationsPerInvocation(POSITIONS)
    public PromptScores read() throws IOException, AnswerException {
        for (int request = 0; request < answers.length; request++) {
            json.start(new ByteArrayInputStream(answers[request]));
            reader.read(json, prompts[request], rows[request]);
            json.end();
        }
        RowScores.join(batch, into);
        return into;
    }
}
