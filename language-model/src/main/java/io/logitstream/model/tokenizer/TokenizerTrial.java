package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.ModelException;
import io.logitstream.model.trial.TrialMain;
import io.logitstream.model.trial.TrialOutcome;
import io.logitstream.model.trial.TrialProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a tokenizer in a child process before this process loads it. The native library aborts or overflows its stack on
 * some files, which would end this process without an exception.
 */
final class TokenizerTrial {
    private static final Logger LOG = LoggerFactory.getLogger(TokenizerTrial.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MAX_DECODED_IDS = 2000;

    // Hashes of the files tried in this process. A run loads its tokenizer several times; one trial takes 1 to 2 s.
    private static final Set<String> TRIED = ConcurrentHashMap.newKeySet();

    private TokenizerTrial() {}

    /**
     * Requires that a tokenizer can be loaded and encodes a set of test texts. A file that consists of
     * {@linkplain KnownTokenizerParts known parts} is accepted without a trial, and so is one tried before in this process.
     * Where no child process can run, it logs a warning and accepts the file.
     *
     * @param file path of the {@code tokenizer.json}
     * @param content its parsed content
     * @param hash its SHA-256
     * @throws ModelException if the child process crashes
     */
    static void require(Path file, JsonNode content, String hash) {
        if (TrialProcess.isInside() || KnownTokenizerParts.areKnown(content) || TRIED.contains(hash)) {
            return;
        }
        TrialOutcome outcome = TrialProcess.run(
                TokenizerTrial.class, LIMIT, file.toAbsolutePath().toString());
        if (outcome.kind() == TrialOutcome.Kind.CRASHED) {
            throw new ModelException(
                    file + " cannot be used: in a child process, loading it and encoding some short texts "
                            + outcome.text() + "; the file is damaged or malicious");
        }
        if (outcome.kind() == TrialOutcome.Kind.UNTRIED) {
            LOG.warn("{} is loaded without a trial in a child process: {}", file, outcome.text());
        }
        TRIED.add(hash);
    }

    /**
     * Main method of the child process.
     *
     * @param arguments path of the {@code tokenizer.json}
     */
    public static void main(String[] arguments) {
        TrialMain.run(() -> encode(Path.of(arguments[0])));
    }

    private static void encode(Path file) {
        try (Tokenizer tokenizer = Tokenizer.load(file)) {
            for (String text : texts()) {
                tokenizer.decode(tokenizer.encode(text));
                tokenizer.encodeAsHuggingFace(text, true);
            }
            for (int id = 0; id < Math.min(tokenizer.vocabularySize(), MAX_DECODED_IDS); id++) {
                tokenizer.decode(new int[] {id});
            }
        }
    }

    // Ordinary text, characters of many kinds, and long runs of one character followed by another: such runs make a
    // regular expression backtrack if it can.
    private static List<String> texts() {
        List<String> texts = new ArrayList<>(List.of(
                "",
                " ",
                "The quick brown fox jumps over 13 lazy dogs.\n\n\tint x = 0; // ok",
                "Gr\u00fc\u00dfe, \u4f60\u597d\uff0c\u0645\u0631\u062d\u0628\u0627 \ud83d\ude80\u200d\u2764\ufe0f",
                "e\u0301 \u00a0\u3000\ufb01 \u0000\u0001\u007f"));
        for (String run : List.of("a", "A", " ", "0", "\n", ".", "-", "_", "\u00e4", "\u4f60", "ab", "a ", "a1", "=")) {
            for (int length : new int[] {40, 3000}) {
                texts.add(run.repeat(length));
                texts.add(run.repeat(length) + "!");
                texts.add(run.repeat(length) + "\u0001x");
            }
        }
        return texts;
    }
}
