package io.logitstream.model;

import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScriptFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens models of either form: Hugging Face folders and TorchScript files. */
public final class CausalModels {
    private CausalModels() {}

    /**
     * Opens a model.
     *
     * @param path Hugging Face folder of one of the supported families, or a TorchScript file ({@code .pt})
     * @param device {@code cpu} or {@code cuda:N}
     * @param torchScript whether a TorchScript file may be opened: it holds code, which runs with the rights of this
     *     process
     * @return the model; the caller closes it
     * @throws ModelException if it cannot be used, or if it is TorchScript and that is not allowed
     */
    public static CausalModel open(Path path, String device, boolean torchScript) {
        return open(path, device, torchScript, Precision.FLOAT32);
    }

    /**
     * Opens a model as {@link #open(Path, String, boolean)} does.
     *
     * @param precision type in which the matrices of a Hugging Face folder are held; a TorchScript file decides itself
     */
    public static CausalModel open(Path path, String device, boolean torchScript, Precision precision) {
        if (!TorchScriptFile.isTorchScript(path)) {
            return LanguageModels.load(path, device, precision);
        }
        if (!torchScript) {
            throw new ModelException(
                    path.toAbsolutePath() + " is TorchScript, which holds code that would run in this process; if you"
                            + " trust its source, set teach.torchScript: true");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelException(path.toAbsolutePath() + " is not a file");
        }
        return TorchScriptModel.load(path, device);
    }
}
