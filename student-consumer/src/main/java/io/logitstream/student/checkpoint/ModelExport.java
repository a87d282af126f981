package io.logitstream.student.checkpoint;

import ai.djl.ndarray.types.DataType;
import io.logitstream.files.AtomicFile;
import io.logitstream.files.FileDigests;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Writes the finished model as a Hugging Face folder. The weights appear last: a folder that has them is complete. */
public final class ModelExport {
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
            Path unfinished = Files.createDirectories(out.resolve("model.unfinished"));
            LanguageModels.save(model, unfinished, type);
            tokenizer.copyForModel(unfinished, model.config().maxPositions());
            FileDigests.write(unfinished);
            try (Stream<Path> files = Files.list(unfinished)) {
                // All files must be on disk before the weights mark the folder as complete.
                StepFolders.force(unfinished);
                List<Path> weightsLast = files.sorted(Comparator.comparing(
                                (Path file) -> file.toString().endsWith(".safetensors")))
                        .toList();
                for (Path file : weightsLast) {
                    AtomicFile.rename(file, out.resolve(file.getFileName()));
                }
            }
            Files.delete(unfinished);
        } catch (IOException e) {
            throw new LogitstreamException(
                    "model " + out.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
        }
    }
}
