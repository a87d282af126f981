package io.logitstream.student.checkpoint;

import ai.djl.ndarray.types.DataType;
import io.logitstream.files.AtomicFile;
import io.logitstream.files.FileDigests;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Writes a model as a Hugging Face folder with digests. The weights appear last: a folder that has them is complete.
 */
public final class ModelExport {
    private static final String UNFINISHED = "model.unfinished";

    /** Writes the files of a model. */
    @FunctionalInterface
    public interface Content {
        /** Writes all files into an empty folder. */
        void writeTo(Path folder) throws IOException;
    }

    private ModelExport() {}

    /**
     * Writes a model and its tokenizer.
     *
     * @param out folder, created where it is missing; files of the same names are replaced
     * @param type type of the weights in the file
     * @throws LogitstreamException when the folder cannot be written
     */
    public static void write(LanguageModel model, Tokenizer tokenizer, Path out, DataType type) {
        try {
            Path unfinished = unfinished(out, folder -> {
                LanguageModels.save(model, folder, type);
                tokenizer.copyForModel(folder, model.config().maxPositions());
            });
            publish(unfinished, out);
        } catch (IOException e) {
            throw failed(out, e);
        }
    }

    /**
     * Writes a model into a folder that is new or empty, or that holds the same files already.
     *
     * @param out folder, created where it is missing
     * @param content writes the files of the model
     * @return whether the folder was written; false where it holds the same files
     * @throws UsageException where the folder holds other files
     * @throws LogitstreamException when the folder cannot be written
     */
    public static boolean writeNew(Path out, Content content) {
        try {
            Files.createDirectories(out);
            deleteUnfinished(out);
            Map<String, String> before = digests(out);
            Path unfinished = unfinished(out, content);
            if (before.isEmpty()) {
                publish(unfinished, out);
                return true;
            }
            boolean same = before.equals(FileDigests.ofFolder(unfinished));
            deleteUnfinished(out);
            if (!same) {
                throw new UsageException("folder " + out.toAbsolutePath()
                        + " holds another model or other files; delete it, or choose another folder");
            }
            return false;
        } catch (IOException e) {
            throw failed(out, e);
        }
    }

    private static Map<String, String> digests(Path out) throws IOException {
        Map<String, String> digests = FileDigests.ofFolder(out);
        digests.remove(FolderLock.FILE);
        return digests;
    }

    private static Path unfinished(Path out, Content content) throws IOException {
        Path unfinished = Files.createDirectories(out.resolve(UNFINISHED));
        content.writeTo(unfinished);
        FileDigests.write(unfinished);
        return unfinished;
    }

    private static void publish(Path unfinished, Path out) throws IOException {
        try (Stream<Path> files = Files.list(unfinished)) {
            // All files must be on disk before the weights mark the folder as complete.
            StepFolders.force(unfinished);
            List<Path> weightsLast = files.sorted(
                            Comparator.comparing((Path file) -> file.toString().endsWith(".safetensors")))
                    .toList();
            for (Path file : weightsLast) {
                AtomicFile.rename(file, out.resolve(file.getFileName()));
            }
        }
        Files.delete(unfinished);
    }

    private static void deleteUnfinished(Path out) throws IOException {
        Path unfinished = out.resolve(UNFINISHED);
        if (Files.isDirectory(unfinished)) {
            try (Stream<Path> files = Files.list(unfinished)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(unfinished);
        }
    }

    private static LogitstreamException failed(Path out, IOException e) {
        return new LogitstreamException(
                "model " + out.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
    }
}
