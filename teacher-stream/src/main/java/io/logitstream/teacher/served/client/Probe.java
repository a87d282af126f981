package io.logitstream.teacher.served.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.RequestBuffer;
import io.logitstream.teacher.served.wire.ServerInfo;
import java.io.IOException;
import java.util.Arrays;

/** A short text that is scored at start and after a failure, to see that the server has the model of the tokenizer. */
final class Probe {
    private static final String TEXT = "The quick brown fox jumps over the lazy dog. In 1905, E = mc\u00b2 was new;\n"
            + "\u8d28\u91cf and \u00e9nergie are the same.\n\tint x = 42; // \"probe\"\n";
    private static final int LONGEST = 128;
    /**
     * Mean difference of the log-probabilities of the text's tokens from which the model is another one, in nats. The
     * same weights at another load differ by a hundredth at most in 16-bit arithmetic.
     */
    private static final double ANOTHER_MODEL = 0.25;
    /** Part of the positions with another most likely token from which the model is another one. */
    private static final double ANOTHER_CHOICE = 0.3;
    /** Limit of the difference of one token, which may be infinite. */
    private static final double MOST_DIFFERENCE = 100;

    private final int[] encoded;
    private final int[] ids;
    private volatile Scores first;

    Probe(Tokenizer tokenizer, ServedModel model) {
        encoded = tokenizer.encodeAsHuggingFace(TEXT, false);
        int[] some = encoded.length >= 2 ? encoded : new int[] {0, 0};
        int most = model.maxPrompt() == null ? LONGEST : Math.max(2, Math.min(LONGEST, model.maxPrompt()));
        ids = Arrays.copyOf(some, Math.min(some.length, most));
    }

    /** The prompt as the only row of a batch. */
    int[][] prompts() {
        return new int[][] {ids};
    }

    /**
     * Requires that the server's tokenizer gives the same ids, if it has one that can be asked.
     *
     * @throws UsageException naming the first token that differs
     */
    void requireTokenizer(ServerInfo server, String model) throws IOException, InterruptedException, AnswerException {
        RequestBuffer request = new RequestBuffer();
        request.start();
        request.raw("{\"model\":")
                .string(model)
                .raw(",\"prompt\":")
                .string(TEXT)
                .raw(",\"add_special_tokens\":false}");
        JsonNode answer = server.post("/tokenize", request);
        if (answer == null || !answer.path("tokens").isArray()) {
            return;
        }
        JsonNode tokens = answer.path("tokens");
        // A token that begins every text may come first.
        int extra = tokens.size() == encoded.length + 1 ? 1 : 0;
        for (int i = 0; i < Math.max(encoded.length, tokens.size() - extra); i++) {
            int theirs = tokens.path(i + extra).asInt(-1);
            int ours = i < encoded.length ? encoded[i] : -1;
            if (theirs != ours) {
                throw new UsageException(server.address() + " has another tokenizer: token " + i
                        + " of a test text is " + shown(theirs) + " there and " + shown(ours)
                        + " here; give the tokenizer of model " + model + " as teacher");
            }
        }
    }

    private static String shown(int id) {
        return id < 0 ? "missing" : Integer.toString(id);
    }

    /**
     * Compares the scores of the probe with those at start.
     *
     * @throws LogitstreamException if another model gave them
     */
    void requireSame(String address, PromptScores scores) {
        Scores now = Scores.of(scores);
        Scores before = first;
        if (before == null) {
            first = now;
            return;
        }
        double difference = 0;
        int others = 0;
        int positions = now.text().length;
        for (int i = 0; i < positions; i++) {
            if (now.text()[i] != before.text()[i]) {
                difference +=
                        Math.min(MOST_DIFFERENCE, Math.abs((double) now.text()[i] - before.text()[i])) / positions;
            }
            others += now.best()[i] == before.best()[i] ? 0 : 1;
        }
        if (difference > ANOTHER_MODEL || others > ANOTHER_CHOICE * positions) {
            throw new LogitstreamException(String.format(
                    "%s gives other log-probabilities than at the start of this run: those of a test text differ by %.2f"
                            + " nats on average, and the most likely token at %d of %d positions; do all addresses have the"
                            + " same weights?",
                    address, difference, others, positions));
        }
    }

    /** The log-probability of the text and the most likely token of each position. */
    private record Scores(float[] text, int[] best) {
        static Scores of(PromptScores scores) {
            int[] best = new int[scores.positions()];
            for (int i = 0; i < best.length; i++) {
                best[i] = scores.top().ids()[scores.top().offsets()[i]];
            }
            return new Scores(Arrays.copyOf(scores.textLogProbs(), best.length), best);
        }
    }
}
