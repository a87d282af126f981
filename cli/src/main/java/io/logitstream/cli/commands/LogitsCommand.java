package io.logitstream.cli.commands;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.pipeline.stages.InputPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "logits",
        mixinStandardHelpOptions = true,
        description = {
            "Computes a model's logits for given token ids, to compare with another implementation.",
            "Reads input_ids, int64 [batch, position], and writes logits, float32 [batch, position, vocabulary]."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class LogitsCommand implements Callable<Integer> {
    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Hugging Face folder")
    private Path model;

    @Option(names = "--ids", paramLabel = "FILE", required = true, description = "safetensors file with input_ids")
    private Path ids;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "safetensors file to write")
    private Path out;

    @Option(names = "--stacktrace", description = "print the stack trace of an error")
    private boolean stackTrace;

    @Override
    public Integer call() {
        Path folder = InputPath.require("model", model.toString());
        Path input = InputPath.require("ids file", ids.toString());
        try (LanguageModel loaded = LanguageModels.load(folder, "cpu");
                SafeTensors file = SafeTensors.open(input);
                NDManager scope = loaded.newScope()) {
            NDArray ids_BT = file.read(scope, "input_ids", DataType.INT64);
            requireIds(ids_BT, loaded.config().vocabularySize(), input);
            requireContext(loaded, ids_BT.getShape().get(1), input);
            NDArray logits_BTV = loaded.logits(ids_BT);
            SafeTensorsWriter.write(out, Map.of("logits", logits_BTV), DataType.FLOAT32);
            requireFinite(logits_BTV, folder);
            System.out.printf(
                    "logits %s in %s%n",
                    logits_BTV.getShape(), out.toAbsolutePath().normalize());
        } catch (IOException e) {
            throw new LogitstreamException(out.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
        }
        return 0;
    }

    private static void requireContext(LanguageModel model, long positions, Path input) {
        try {
            model.requireContext(positions);
        } catch (ModelException e) {
            throw new UsageException(input + ": " + e.getMessage());
        }
    }

    // Called after the file is written, so that the user can examine the values.
    private void requireFinite(NDArray logits_BTV, Path folder) {
        float[] values = logits_BTV.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                long vocabulary = logits_BTV.getShape().get(2);
                long positions = logits_BTV.getShape().get(1);
                throw new LogitstreamException(folder + ": its logits are not finite, first for token " + i % vocabulary
                        + " at position " + i / vocabulary % positions + " of row " + i / vocabulary / positions
                        + "; all are in " + out);
            }
        }
    }

    private static void requireIds(NDArray ids_BT, int vocabularySize, Path input) {
        if (ids_BT.getShape().dimension() != 2 || ids_BT.isEmpty()) {
            throw new UsageException(input + ": input_ids has shape " + ids_BT.getShape() + " instead of [B,T]");
        }
        long smallest = ids_BT.min().getLong();
        long largest = ids_BT.max().getLong();
        if (smallest < 0 || largest >= vocabularySize) {
            throw new UsageException(input + ": input_ids has ids from " + smallest + " to " + largest
                    + ", but the model's vocabulary is " + vocabularySize);
        }
    }
}
