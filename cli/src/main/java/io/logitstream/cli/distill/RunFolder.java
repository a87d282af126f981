package io.logitstream.cli.distill;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.files.FolderLock;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.report.DistillSummary;
import io.logitstream.student.checkpoint.StudentFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Output folder of a run of {@code distill}. {@code run.json} holds the identity of the run, so that a folder is only
 * ever continued with the same settings.
 */
final class RunFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String SETTINGS = "run.json";
    private static final List<String> LEFT_BY_A_START = List.of("run.json.unfinished", FolderLock.FILE);

    private final Path out;

    private RunFolder(Path out) {
        this.out = out;
    }

    /**
     * Opens a folder for a new run or for the continuation of the same run.
     *
     * @param out folder, created if missing
     * @param config configuration of the run
     * @param tokenizer tokenizer of the run
     * @param teacherHash hash of the configured teacher
     * @throws UsageException if the folder holds another run or something else
     */
    static RunFolder open(Path out, LogitstreamConfig config, Tokenizer tokenizer, String teacherHash) {
        Path file = out.resolve(SETTINGS);
        try {
            RunIdentity identity = RunIdentity.of(config, tokenizer, teacherHash);
            if (Files.isRegularFile(file)) {
                identity.requireSame(JSON.readTree(file.toFile()), "output folder " + out.toAbsolutePath());
                return new RunFolder(out);
            }
            requireEmpty(out);
            Files.createDirectories(out);
            JsonFiles.write(file, identity);
            return new RunFolder(out);
        } catch (IOException e) {
            throw new LogitstreamException(
                    "output folder " + out.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
        }
    }

    /**
     * Requires that a folder is new, empty, or that of a run.
     *
     * @throws UsageException if it holds something else
     */
    static void requireUsable(Path out) {
        try {
            if (!holdsRun(out)) {
                requireEmpty(out);
            }
        } catch (IOException e) {
            throw new LogitstreamException(
                    "output folder " + out.toAbsolutePath() + " cannot be read: " + FailureText.of(e), e);
        }
    }

    /** Whether a folder holds a run, finished or not. */
    static boolean holdsRun(Path out) {
        return Files.isRegularFile(out.resolve(SETTINGS));
    }

    private static void requireEmpty(Path out) throws IOException {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new UsageException("output folder " + out.toAbsolutePath() + " is a file");
        }
        if (Files.isDirectory(out)) {
            try (var files = Files.list(out)) {
                if (files.anyMatch(
                        file -> !LEFT_BY_A_START.contains(file.getFileName().toString()))) {
                    throw new UsageException("output folder " + out.toAbsolutePath()
                            + " is not empty and holds no run of distill; choose another one with --out");
                }
            }
        }
    }

    Path path() {
        return out;
    }

    /** Folder of a student, which may not exist yet. */
    Path student(String name) {
        return out.resolve("students").resolve(name);
    }

    /** Whether the training of a student is complete. */
    boolean isFinished(String name) {
        return new StudentFolder(student(name)).isFinished();
    }

    Path streamState() {
        return out.resolve("stream-state");
    }

    void writeSummary(DistillSummary summary) {
        JsonFiles.write(out.resolve("summary.json").toAbsolutePath(), summary);
    }

    void writeReport(String html) {
        JsonFiles.writeText(out.resolve("report.html").toAbsolutePath(), html);
    }
}
