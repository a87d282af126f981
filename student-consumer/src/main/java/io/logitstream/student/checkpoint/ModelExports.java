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
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models exported during a run for other programs: Hugging Face folders {@code exports/step-N}, of which the last few
 * are kept, and a symbolic link {@code exports/latest} to the newest. Folders and link appear complete.
 */
public final class ModelExports {
    private static final Logger LOG = LoggerFactory.getLogger(ModelExports.class);
    private static final String LATEST = "latest";

    private final Path folder;
    private final StepFolders steps;
    private final int keep;
    private final DataType type;

    /**
     * Exports in a folder.
     *
     * @param folder folder of the exports, created with the first one
     * @param keep number of exports to keep, counted from the last
     * @param type type of the weights in the files
     */
    public ModelExports(Path folder, int keep, DataType type) {
        this.folder = folder;
        this.steps = new StepFolders(folder);
        this.keep = keep;
        this.type = type;
    }

    /**
     * Writes the export of a step, moves the link to it and deletes those that are no longer kept.
     *
     * @throws LogitstreamException when it cannot be written
     */
    public void write(LanguageModel model, Tokenizer tokenizer, long step) {
        try {
            steps.put(step, unfinished -> {
                LanguageModels.save(model, unfinished, type);
                tokenizer.copyForModel(unfinished, model.config().maxPositions());
                FileDigests.write(unfinished);
            });
            link(steps.of(step));
            // Exports of later steps were written by this run before it was killed; it will reach those steps again.
            List<Path> past = steps.list().stream()
                    .filter(each -> StepFolders.step(each) <= step)
                    .toList();
            for (Path old : past.subList(0, Math.max(0, past.size() - keep))) {
                steps.delete(old);
            }
        } catch (IOException e) {
            throw new LogitstreamException(
                    "export " + steps.of(step).toAbsolutePath() + " cannot be written: "
                            + FailureText.of(e) + " ("
                            + folder.toFile().getUsableSpace() / (1 << 20)
                            + " MiB are free there); free some space and start again, and"
                            + " training continues from the last checkpoint",
                    e);
        }
    }

    private void link(Path export) throws IOException {
        Path unfinished = folder.resolve(LATEST + AtomicFile.UNFINISHED);
        Files.deleteIfExists(unfinished);
        try {
            Files.createSymbolicLink(unfinished, export.getFileName());
        } catch (UnsupportedOperationException | FileSystemException e) {
            LOG.warn(
                    "{} was written, but the link {} could not be created: the file system does not support symbolic"
                            + " links ({})",
                    export,
                    LATEST,
                    FailureText.of(e));
            return;
        }
        AtomicFile.rename(unfinished, folder.resolve(LATEST));
    }
}
