package io.logitstream.student.checkpoint;

import io.logitstream.files.FileDigests;
import io.logitstream.messages.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Verifies the files of checkpoints and exported models against their digests. */
public final class Verification {
    /**
     * Result of verifying a folder.
     *
     * @param folder a checkpoint, or the folder of a model
     * @param files number of files with a digest; 0 in a folder of an earlier version, which wrote none
     * @param differences one line for each file that is not as it was written
     */
    public record Result(Path folder, int files, List<String> differences) {}

    private Verification() {}

    /**
     * Verifies a checkpoint, an export, or a student's folder with its checkpoints and exports.
     *
     * @return one result per folder; empty where there is nothing to verify
     */
    public static List<Result> of(Path folder) {
        List<Result> results = new ArrayList<>();
        check(folder, results);
        StudentFolder student = new StudentFolder(folder);
        for (Path parts : List.of(folder, student.checkpoints(), student.exports())) {
            for (Path part : new StepFolders(parts).list()) {
                check(part, results);
            }
        }
        return results;
    }

    private static void check(Path folder, List<Result> results) {
        try {
            CheckpointFolder files = new CheckpointFolder(folder);
            if (files.hasState()) {
                results.add(checkpoint(files));
            } else if (Files.exists(folder.resolve(FileDigests.SUMS)) || Files.exists(files.weights())) {
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

    private static Result checkpoint(CheckpointFolder checkpoint) throws IOException {
        Path folder = checkpoint.path();
        StateFile file;
        try {
            file = StateFile.read(folder);
        } catch (IOException e) {
            return new Result(folder, 1, List.of(checkpoint.state().getFileName() + ": " + FailureText.of(e)));
        }
        return file.files() == null
                ? new Result(folder, 0, List.of())
                : new Result(folder, file.files().size() + 1, FileDigests.differences(folder, file.files()));
    }
}
