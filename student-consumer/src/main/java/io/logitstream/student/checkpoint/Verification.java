package io.logitstream.student.checkpoint;

import io.logitstream.files.FileDigests;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Holds checkpoints and exported models against their digests. */
public final class Verification {
    /**
     * What was found of a folder.
     *
     * @param folder a checkpoint, or the folder of a model
     * @param files files with a digest; 0 where the folder has none, because an earlier version wrote it
     * @param differences one text for each file that is not as it was written
     */
    public record Result(Path folder, int files, List<String> differences) {}

    private Verification() {}

    /**
     * Checks a checkpoint, an export or a student's folder with all that it holds.
     *
     * @return one result a folder; none where there is nothing to check
     */
    public static List<Result> of(Path folder) {
        List<Result> results = new ArrayList<>();
        check(folder, results);
        for (String parts : List.of("", "checkpoints", "exports")) {
            for (Path part : steps(folder.resolve(parts))) {
                check(part, results);
            }
        }
        return results;
    }

    private static void check(Path folder, List<Result> results) {
        try {
            if (Files.isRegularFile(folder.resolve(StateFile.NAME))) {
                results.add(checkpoint(folder));
            } else if (Files.exists(folder.resolve(FileDigests.SUMS))
                    || Files.exists(folder.resolve("model.safetensors"))) {
                Map<String, String> digests = FileDigests.read(folder);
                results.add(
                        digests == null
                                ? new Result(folder, 0, List.of())
                                : new Result(folder, digests.size(), FileDigests.differences(folder, digests)));
            }
        } catch (IOException e) {
            results.add(new Result(folder, 1, List.of("cannot be read: " + FailureText.of(e))));
        }
    }

    private static Result checkpoint(Path folder) throws IOException {
        StateFile file;
        try {
            file = StateFile.read(folder);
        } catch (IOException e) {
            return new Result(folder, 1, List.of(StateFile.NAME + ": " + FailureText.of(e)));
        }
        return file.files() == null
                ? new Result(folder, 0, List.of())
                : new Result(folder, file.files().size() + 1, FileDigests.differences(folder, file.files()));
    }

    private static List<Path> steps(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("step-\\d+"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new LogitstreamException(folder.toAbsolutePath() + " cannot be listed: " + FailureText.of(e), e);
        }
    }
}
