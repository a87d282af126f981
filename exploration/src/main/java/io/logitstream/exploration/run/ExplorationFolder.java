package io.logitstream.exploration.run;

import com.fasterxml.jackson.core.type.TypeReference;
import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.results.ResultsFolder;
import io.logitstream.files.FolderLock;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.student.checkpoint.StudentFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;

/**
 * The output folder that explorations share: {@code runs/} with the students, {@code state/ID.json} for each run,
 * {@code topics.json}, {@code kafka/} of the embedded cluster, and a results folder for each plan.
 */
public final class ExplorationFolder {
    private static final String TOPICS = "topics.json";
    private static final String STATE = "state";
    /** Names that a plan cannot have. */
    private static final Set<String> OWN_NAMES =
            Set.of(STATE, TOPICS, "runs", "kafka", "stream-state", "in-use.lock", ".", "..");

    private final Path out;

    private ExplorationFolder(Path out) {
        this.out = out;
    }

    /** An existing or missing output folder, for reading. */
    public static ExplorationFolder of(Path out) {
        return new ExplorationFolder(out.toAbsolutePath().normalize());
    }

    /**
     * Creates the folder if it is missing.
     *
     * @throws UsageException if the folder contains anything but explorations or the topics of an embedded cluster
     */
    public ExplorationFolder create() {
        try {
            if (Files.exists(out) && !Files.isDirectory(out)) {
                throw new UsageException("output folder " + out + " is a file");
            }
            if (Files.isDirectory(out)
                    && Stream.of(TOPICS, STATE, "kafka").noneMatch(name -> Files.exists(out.resolve(name)))) {
                try (Stream<Path> files = Files.list(out)) {
                    if (files.anyMatch(file -> !file.endsWith(FolderLock.FILE))) {
                        throw new UsageException("output folder " + out
                                + " holds files that belong to no exploration; choose another one with --out");
                    }
                }
            }
            Files.createDirectories(out.resolve(STATE));
            return this;
        } catch (IOException e) {
            throw new LogitstreamException("output folder " + out + " cannot be written: " + FailureText.of(e), e);
        }
    }

    Path path() {
        return out;
    }

    /**
     * Locks the folder for this process until the lock is closed.
     *
     * @throws LogitstreamException if another process holds the lock
     */
    public FolderLock lock() {
        return FolderLock.acquireOutput(out);
    }

    /**
     * Folder of a plan's results.
     *
     * @throws UsageException if the plan's name cannot be the name of such a folder
     */
    public ResultsFolder results(String plan) {
        if (!plan.matches("[A-Za-z0-9._ -]+") || OWN_NAMES.contains(plan)) {
            throw new UsageException(
                    "a plan cannot be called '" + plan + "': its results are in a folder of that name; give it"
                            + " another name, of letters, digits and . _ -");
        }
        return new ResultsFolder(out.resolve(plan));
    }

    /** Folder of a run's student. */
    Path run(RunRecord run) {
        return out.resolve("runs").resolve(run.folder());
    }

    Path streamState() {
        return out.resolve("stream-state");
    }

    /** Records of all runs ever started here, by id. */
    public Map<String, RunRecord> states() {
        Map<String, RunRecord> states = new LinkedHashMap<>();
        if (Files.isDirectory(out.resolve(STATE))) {
            try (Stream<Path> files = Files.list(out.resolve(STATE))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".json"))
                        .sorted()
                        .toList()) {
                    RunRecord state = JsonFiles.read(file, new TypeReference<RunRecord>() {});
                    states.put(state.id(), state);
                }
            } catch (IOException e) {
                throw new LogitstreamException(out.resolve(STATE) + " cannot be listed: " + FailureText.of(e), e);
            }
        }
        return states;
    }

    public void save(RunRecord state) {
        JsonFiles.write(out.resolve(STATE).resolve(state.id() + ".json"), state);
    }

    /** Logits topics by name. */
    Map<String, LogitsTopic> topics() {
        Map<String, LogitsTopic> topics = new LinkedHashMap<>();
        if (Files.exists(out.resolve(TOPICS))) {
            JsonFiles.read(out.resolve(TOPICS), new TypeReference<List<LogitsTopic>>() {})
                    .forEach(topic -> topics.put(topic.name(), topic));
        }
        return topics;
    }

    void save(Map<String, LogitsTopic> topics) {
        JsonFiles.write(out.resolve(TOPICS), topics.values());
    }

    /** Removes the checkpoints of a finished run; its model, log and TensorBoard files stay. */
    void removeCheckpoints(RunRecord run) {
        Path checkpoints = new StudentFolder(run(run)).checkpoints();
        if (!Files.isDirectory(checkpoints)) {
            return;
        }
        try {
            PathUtils.deleteDirectory(checkpoints);
        } catch (IOException e) {
            throw new LogitstreamException(checkpoints + " cannot be removed: " + FailureText.of(e), e);
        }
    }
}
