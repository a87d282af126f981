package io.logitstream.model;

import io.logitstream.messages.ModelException;
import io.logitstream.model.trial.TrialMain;
import io.logitstream.model.trial.TrialOutcome;
import io.logitstream.model.trial.TrialProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a TorchScript file in a child process before this process loads it. libtorch ends the process on some files
 * without an exception.
 */
public final class TorchScriptTrial {
    private static final Logger LOG = LoggerFactory.getLogger(TorchScriptTrial.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Read rate of a slow disk or network. */
    private static final long BYTES_PER_SECOND = 20L << 20;

    private TorchScriptTrial() {}

    /**
     * Requires that a TorchScript file can be loaded and gives logits. Takes the time and the memory of loading the file.
     *
     * @param file the file
     * @param device {@code cpu} or {@code cuda:N}
     * @throws ModelException if the child process crashes, or if no child process can run the trial: a crash in this process
     *     would end a running stage
     */
    public static void require(Path file, String device) {
        TrialOutcome outcome = TrialProcess.run(
                TorchScriptTrial.class, limit(file), file.toAbsolutePath().toString(), device);
        if (outcome.kind() == TrialOutcome.Kind.CRASHED) {
            throw new ModelException(file
                    + " cannot be used: in a child process, loading it and running it on two tokens " + outcome.text());
        }
        if (outcome.kind() == TrialOutcome.Kind.UNTRIED) {
            throw new ModelException(file + " is not loaded, because it cannot be tried in a child process first: "
                    + outcome.text() + "; correct that and announce it again, or start 'teach' with it");
        }
    }

    /** Time limit of a trial: 60 s and one second for every 20 MiB of the file. */
    static Duration limit(Path file) {
        try {
            return LIMIT.plusSeconds(Files.size(file) / BYTES_PER_SECOND);
        } catch (IOException e) {
            LOG.debug("the size of {} is unknown; loading it reports the cause", file, e);
            return LIMIT;
        }
    }

    /**
     * Main method of the child process.
     *
     * @param arguments path of the file, device
     */
    public static void main(String[] arguments) {
        TrialMain.run(() ->
                CausalModels.open(Path.of(arguments[0]), arguments[1], true).close());
    }
}
