package io.logitstream.model;

import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.TorchScriptFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens models to run, whatever form they are in. */
public final class CausalModels {
    private CausalModels() {}

    /**
     * Opens a model.
     *
     * @param path Hugging Face folder of one of the known families, or a TorchScript file ({@code .pt})
     * @param device {@code cpu} or {@code cuda:N}
     * @param torchScript whether a TorchScript file may be opened: it holds code, which runs with this process's rights
     * @throws ModelException when it cannot be used, or is TorchScript that may not be opened
     */
    public static CausalModel open(Path path, String device, boolean torchScript) {
        if (!TorchScriptFile.isTorchScript(path)) {
            return LanguageModels.load(path, device);
        }
        if (!torchScript) {
            throw new ModelException(
                    path.toAbsolutePath() + " is TorchScript, which holds code that would run here; if you"
                            + " trust where it comes from, set teach.torchScript: true");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelException(path.toAbsolutePath() + " is no file");
        }
        return TorchScriptModel.load(path, device);
    }
}
