package io.logitstream.teacher.model;

import io.logitstream.messages.UsageException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import java.nio.file.Path;

/** Loads teachers and checks that model, tokenizer and settings belong together. */
public final class TeacherLoader {
    private TeacherLoader() {}

    /**
     * Loads a finished teacher. Its name is {@code teach.id}, or the name of its folder by default.
     *
     * @param path Hugging Face folder with its tokenizer, or a TorchScript file beside a tokenizer
     * @param config settings of the teacher
     * @param selection which logits are kept
     * @throws UsageException when the tokenizer does not fit the model
     */
    public static TeacherModel load(Path path, TeachConfig config, SelectionConfig selection) {
        return load(path, config.id(), null, config, selection);
    }

    /**
     * Loads a teacher.
     *
     * @param path Hugging Face folder with its tokenizer, or a TorchScript file beside a tokenizer
     * @param id name in the records; null for the name of the folder
     * @param trainingStep training step of the checkpoint; null for a finished teacher
     * @param config settings of the teacher
     * @param selection which logits are kept
     * @throws UsageException when the tokenizer does not fit the model
     */
    public static TeacherModel load(
            Path path, String id, Long trainingStep, TeachConfig config, SelectionConfig selection) {
        TokenizerIdentity tokenizer;
        try (Tokenizer loaded = Tokenizer.load(path)) {
            tokenizer = loaded.identity();
        }
        CausalModel model = CausalModels.open(path, config.device(), config.torchScript(), config.precision());
        try {
            requireVocabulary(model.vocabularySize(), tokenizer.size(), path);
            if (config.precision() != Precision.FLOAT32 && TorchScriptFile.isTorchScript(path)) {
                throw new UsageException("teach.precision: " + path.toAbsolutePath()
                        + " is TorchScript, whose precision was fixed when it was saved; leave teach.precision out");
            }
            String name = id != null
                    ? id
                    : path.toAbsolutePath().normalize().getFileName().toString();
            ServedIdentity.requireNotServed(name);
            Teacher identity = new Teacher(name, ModelWeights.hash(path), trainingStep);
            return new TeacherModel(model, identity, config, selection, selectionThreads(config), tokenizer);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    // The passes share the cores that libtorch's threads leave idle. There is one more than stream threads.
    private static int selectionThreads(TeachConfig config) {
        return config.device().equals("cpu")
                ? Math.max(
                        1,
                        Runtime.getRuntime().availableProcessors()
                                / (OperationThreads.current().count() * (config.threads() + 1)))
                : 1;
    }

    static void requireVocabulary(int model, int tokenizer, Path path) {
        if (tokenizer > model) {
            throw new UsageException(path.toAbsolutePath() + ": the tokenizer has " + tokenizer
                    + " tokens, but the model's vocabulary is " + model
                    + "; use the tokenizer that the model was trained with");
        }
    }
}
