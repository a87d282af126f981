package io.logitstream.cli.commands;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Plural;
import io.logitstream.messages.UsageException;
import io.logitstream.student.checkpoint.Verification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks files of students, checkpoints and exports against the digests that were written with them. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Checks the files of finished models, exports and checkpoints against the SHA-256"
                    + " digests written with them.",
            "Ends with exit code 1 if a file is damaged or missing."
        },
        footer = {"", "Examples:", "  logitstream verify results/students/pd", "  logitstream verify my-export"})
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class VerifyCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "DIR",
            arity = "1..*",
            description = "folder of a student, of an exported model or of a checkpoint")
    private List<Path> folders;

    @Option(names = "--stacktrace", description = "print the stack trace of an error")
    private boolean stackTrace;

    @Override
    public Integer call() {
        List<String> damaged = new ArrayList<>();
        for (Path folder : folders) {
            Path path = folder.toAbsolutePath().normalize();
            if (!Files.isDirectory(path)) {
                throw new UsageException("folder " + path + " does not exist");
            }
            List<Verification.Result> results = Verification.of(path);
            if (results.isEmpty()) {
                throw new UsageException(path + " holds no model, export or checkpoint");
            }
            for (Verification.Result result : results) {
                if (result.files() == 0) {
                    System.out.printf("%s: not checked, since earlier versions wrote no digests%n", result.folder());
                } else if (result.differences().isEmpty()) {
                    System.out.printf(
                            "%s: %d %s%n",
                            result.folder(),
                            result.files(),
                            Plural.of(result.files(), "file matches its digest", "files match their digests"));
                }
                result.differences().forEach(difference -> damaged.add(result.folder() + ": " + difference));
            }
        }
        if (!damaged.isEmpty()) {
            throw new LogitstreamException(
                    String.join("; ", damaged) + "; restore the files from a copy, or train or export again");
        }
        return 0;
    }
}
