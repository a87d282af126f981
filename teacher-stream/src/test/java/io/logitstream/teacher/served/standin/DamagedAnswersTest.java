package io.logitstream.teacher.served.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.sglang.SglangDialect;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import io.logitstream.teacher.served.vllm.VllmDialect;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.JsonReader;
import io.logitstream.teacher.served.wire.RowScores;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers with random damage are refused, or give scores that hold what {@link PromptScores} promises. */
class DamagedAnswersTest {
    private static final int K = 5;
    private static final int VOCABULARY = TinyTeacher.PADDED;
    private static final int ATTEMPTS = 3_000;
    private static final int[][] PROMPTS = {{3, 1, 4, 1, 5, 9}, {2, 6, 5, 3}};

    @TempDir
    private static Path folder;

    private static ServedWeights weights;

    @BeforeAll
    static void load() throws IOException {
        weights = ServedWeights.load(TinyTeacher.write(folder, VOCABULARY));
    }

    @AfterAll
    static void close() {
        weights.close();
    }

    @ParameterizedTest
    @EnumSource
    void damageIsFoundOrDoesNotMatter(Format format) throws IOException {
        int[][] prompts = format == Format.VLLM_GENERATE ? new int[][] {PROMPTS[0]} : PROMPTS;
        byte[] answer = new ObjectMapper().writeValueAsBytes(answer(format, prompts));
        ScoringRequirements requirements = new ScoringRequirements(K, VOCABULARY, VOCABULARY);
        AnswerReader reader = (format.isVllm() ? new VllmDialect() : new SglangDialect())
                .endpoints("tiny", requirements)
                .get(format == Format.VLLM_COMPLETIONS ? 1 : 0)
                .newReader();
        JsonReader json = new JsonReader();
        Random random = new Random(format.name().hashCode());
        int refused = 0;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            byte[] damaged = attempt == 0 ? answer : damaged(answer, random);
            RowScores[] rows =
                    Arrays.stream(prompts).map(prompt -> new RowScores()).toArray(RowScores[]::new);
            try {
                json.start(new ByteArrayInputStream(damaged));
                reader.read(json, prompts, rows);
                json.end();
                requireWhole(rows, prompts);
            } catch (AnswerException e) {
                assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(400);
                refused++;
            }
        }
        assertThat(refused).isBetween(ATTEMPTS / 3, ATTEMPTS - 1);
    }

    private static JsonNode answer(Format format, int[][] prompts) {
        List<ScoredPrompt> scores = Arrays.stream(prompts)
                .map(prompt -> ScoredPrompt.of(weights, prompt, K, Fault.NONE))
                .toList();
        return switch (format) {
            case VLLM_GENERATE -> VllmFormat.generate(scores.get(0), Fault.NONE);
            case VLLM_COMPLETIONS -> VllmFormat.completions("tiny", scores, Fault.NONE);
            default -> SglangFormat.generate(scores, K, format, Fault.NONE);
        };
    }

    private static byte[] damaged(byte[] answer, Random random) {
        byte[] damaged = answer.clone();
        switch (random.nextInt(4)) {
            case 0 -> damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            case 1 ->
                damaged[random.nextInt(damaged.length)] = (byte) "0123456789-.eE\"[]{},:n".charAt(random.nextInt(22));
            case 2 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            default -> {
                // A piece is repeated or left out.
                int from = random.nextInt(damaged.length);
                int to = from + random.nextInt(Math.min(40, damaged.length - from));
                String text = new String(answer, UTF_8);
                int cut = Math.min(to, text.length());
                int start = Math.min(from, cut);
                damaged = (random.nextBoolean()
                                ? text.substring(0, start) + text.substring(cut)
                                : text.substring(0, cut) + text.substring(start))
                        .getBytes(UTF_8);
            }
        }
        return damaged;
    }

    private static void requireWhole(RowScores[] rows, int[][] prompts) {
        PromptScores scores = new PromptScores();
        RowScores.join(rows, scores);
        assertThat(scores.positions())
                .isEqualTo(Arrays.stream(prompts)
                        .mapToInt(prompt -> prompt.length - 1)
                        .sum());
        for (int i = 0; i < scores.positions(); i++) {
            int from = scores.top().offsets()[i];
            int to = scores.top().offsets()[i + 1];
            assertThat(to - from).isBetween(1, K);
            assertThat(scores.textLogProbs()[i]).isLessThanOrEqualTo(0);
            for (int j = from; j < to; j++) {
                assertThat(scores.top().ids()[j]).isBetween(0, VOCABULARY - 1);
                assertThat(scores.top().logProbs()[j]).isBetween(-9999f, 0f);
                if (j > from) {
                    assertThat(scores.top().logProbs()[j])
                            .isLessThanOrEqualTo(scores.top().logProbs()[j - 1]);
                }
            }
        }
    }
}
