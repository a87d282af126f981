package io.logitstream.model.trial;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries what can end the whole process in a process of its own first: a native library that meets what it does not expect
 * aborts, or overflows its stack, and no exception comes of it.
 */
public final class ModelTrial {
    private static final Logger LOG = LoggerFactory.getLogger(ModelTrial.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** A slow disk or network reads as much in a second. */
    private static final long BYTES_PER_SECOND = 20L << 20;

    private static final Set<String> DONE = ConcurrentHashMap.newKeySet();

    private ModelTrial() {}

    /**
     * Requires that a tokenizer can be loaded and encodes some texts. One of well-known parts is not tried; for another it
     * costs a second or two, once in a process. Where no trial is possible, a line in the log says why.
     *
     * @param file the {@code tokenizer.json}
     * @param content what it says
     * @param hash SHA-256 of it
     * @throws ModelException when the library does not survive it
     */
    public static void requireTokenizer(Path file, JsonNode content, String hash) {
        if (TrialProcess.isInside() || TokenizerParts.areKnown(content) || DONE.contains(hash)) {
            return;
        }
        TrialOutcome outcome = TrialProcess.run(
                LIMIT, TrialProcess.TOKENIZER, file.toAbsolutePath().toString());
        if (outcome.kind() == TrialOutcome.Kind.CRASHED) {
            throw new ModelException(
                    file + " cannot be used: in a process of its own, loading it and encoding some short texts "
                            + outcome.text() + "; it is damaged, or made to do harm");
        }
        if (outcome.kind() == TrialOutcome.Kind.UNTRIED) {
            LOG.warn("{} is loaded without a trial in a process of its own: {}", file, outcome.text());
        }
        DONE.add(hash);
    }

    /**
     * Requires that a TorchScript file can be loaded and gives logits. It takes the time and the memory of loading it.
     *
     * @param file the file
     * @param device device it is to run on
     * @throws ModelException when libtorch does not survive it, or when it cannot be tried: a crash here would end more than
     *     the loading
     */
    public static void requireTorchScript(Path file, String device) {
        TrialOutcome outcome = TrialProcess.run(
                limit(file), TrialProcess.TORCH_SCRIPT, file.toAbsolutePath().toString(), device);
        if (outcome.kind() == TrialOutcome.Kind.CRASHED) {
            throw new ModelException(
                    file + " cannot be used: in a process of its own, loading it and running it on two tokens "
                            + outcome.text());
        }
        if (outcome.kind() == TrialOutcome.Kind.UNTRIED) {
            throw new ModelException(file + " is not loaded, since it cannot be tried in a process of its own first: "
                    + outcome.text() + "; mend that and announce it again, or start 'teach' with it");
        }
    }

    /** Time for a file, by its size. */
    static Duration limit(Path file) {
        try {
            return LIMIT.plusSeconds(Files.size(file) / BYTES_PER_SECOND);
        } catch (IOException e) {
            LOG.debug("no size; loading the file will say why", e);
            return LIMIT;
        }
    }
}
