package io.logitstream.student.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.ReaderState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A process that writes one checkpoint after the other, until it is killed. */
final class CheckpointWriter {
    static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1);
    private static final int VOCABULARY = 23;

    private CheckpointWriter() {}

    /**
     * Continues behind the last checkpoint of a folder.
     *
     * @param arguments folder of the checkpoints, folder for a tokenizer
     */
    public static void main(String[] arguments) throws IOException {
        Torch.start(1);
        Checkpoints checkpoints = new Checkpoints(Path.of(arguments[0]), 2, null);
        long step = checkpoints.latest() == null ? 0 : StepFolders.step(checkpoints.latest());
        StudentConfig shape = new StudentConfig(64, 2, 2, 1, 128, true, null);
        try (Tokenizer tokenizer = TinyTokenizer.create(Path.of(arguments[1]), VOCABULARY);
                LanguageModel model = LanguageModels.create(shape.model(VOCABULARY, 8, 0), 1, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS)) {
            while (true) {
                step++;
                checkpoints.save(model, optimizer, tokenizer, state(step));
            }
        }
    }

    private static TrainingState state(long step) {
        ReaderState reader =
                new ReaderState(Map.of(0, step), 0, List.of(), 0, step, List.of(), null, 0, 0, null, null, null, null);
        return new TrainingState(
                new ObjectMapper().createObjectNode(),
                step,
                step,
                step,
                Long.MAX_VALUE,
                8,
                reader,
                OutlierStatistics.EMPTY,
                null,
                false);
    }
}
