package io.logitstream.pipeline.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.student.checkpoint.CheckpointFolder;
import io.logitstream.student.checkpoint.StudentFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Progress of a student as its checkpoints show it. */
public final class StudentCheckpoints {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MILLISECONDS = 1000;

    private StudentCheckpoints() {}

    /**
     * Position of the student's last checkpoint. The rate is the one between the last two checkpoints.
     *
     * @throws UsageException if the folder does not exist
     */
    public static StagePosition status(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UsageException("student folder " + folder.toAbsolutePath() + " does not exist");
        }
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        try {
            List<Path> states = states(folder);
            if (states.isEmpty()) {
                return StagePosition.of("train", name, 0, null, null, null);
            }
            Path last = states.get(states.size() - 1);
            JsonNode state = JSON.readTree(last.toFile());
            long tokens = state.required("tokens").asLong();
            Double rate = null;
            if (states.size() > 1) {
                Path before = states.get(states.size() - 2);
                double seconds = (modified(last) - modified(before)) / MILLISECONDS;
                long done = tokens
                        - JSON.readTree(before.toFile()).required("tokens").asLong();
                rate = seconds > 0 ? done / seconds : null;
            }
            return StagePosition.of(
                            "train",
                            name,
                            tokens,
                            state.required("budget").asLong(),
                            rate,
                            state.required("finished").asBoolean())
                    .withCheckpoint(
                            last.getParent().getFileName().toString(),
                            Math.max(0, System.currentTimeMillis() - modified(last)) / MILLISECONDS);
        } catch (IOException | IllegalArgumentException e) {
            throw new LogitstreamException(
                    "student folder " + folder.toAbsolutePath() + " cannot be read: "
                            + FailureText.of(e)
                            + "; if a checkpoint was being replaced, try again",
                    e);
        }
    }

    /**
     * Steps of the last checkpoints, as in {@code at step 120 of pd, 118 of lm}.
     *
     * @param students folders by name
     * @return the text; null if no student has a checkpoint
     */
    public static String steps(Map<String, Path> students) {
        List<String> steps = new ArrayList<>();
        students.forEach((name, folder) -> {
            try {
                List<Path> states = states(folder);
                if (!states.isEmpty()) {
                    String step = states.get(states.size() - 1)
                            .getParent()
                            .getFileName()
                            .toString()
                            .replaceFirst("step-0*", "");
                    steps.add(step + " of " + name);
                }
            } catch (IOException e) {
                // A failure here must not hide the message about the stop.
                steps.add("? of " + name);
            }
        });
        return steps.isEmpty() ? null : "at step " + String.join(", ", steps);
    }

    private static List<Path> states(Path folder) throws IOException {
        return new StudentFolder(folder)
                .listCheckpoints().stream()
                        .map(CheckpointFolder::state)
                        .filter(Files::exists)
                        .toList();
    }

    private static long modified(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toMillis();
    }
}
