package io.logitstream.student.evaluation;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.input.TrainingBatch;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Models under evaluation, with the sums over the batches so far, those of their teacher included. */
final class EvaluatedModels implements AutoCloseable {
    private static final String TEACHER = "teacher";
    private static final Logger LOG = LoggerFactory.getLogger(EvaluatedModels.class);

    private final Evaluator.Contexts contexts;
    private final Map<String, LanguageModel> models = new LinkedHashMap<>();
    private final Set<String> warned = new HashSet<>();
    private final Map<String, double[]> sums = new LinkedHashMap<>();
    private long tokens;
    private long bytes;

    private EvaluatedModels(Evaluator.Contexts contexts) {
        this.contexts = contexts;
    }

    /** Loads models from their folders. */
    static EvaluatedModels load(
            Map<String, Path> folders, String device, Tokenizer tokenizer, Evaluator.Contexts contexts) {
        EvaluatedModels models = new EvaluatedModels(contexts);
        try {
            folders.forEach((name, folder) -> {
                LanguageModel model = LanguageModels.load(folder, device);
                models.models.put(name, model);
                models.sums.put(name, new double[Evaluator.SUMS]);
                VocabularyCheck.require(folder, model, tokenizer);
            });
            models.sums.put(TEACHER, new double[Evaluator.SUMS]);
            return models;
        } catch (RuntimeException e) {
            models.close();
            throw e;
        }
    }

    /** Requires that the models may be evaluated on a length of context. */
    void requireContexts(int contextLength) {
        models.forEach((name, model) -> {
            if (contexts == Evaluator.Contexts.OF_THE_MODEL) {
                requireContext(name, model, contextLength);
            } else if (contextLength > model.longestContext() && warned.add(name)) {
                LOG.warn(
                        "{} is evaluated on contexts of {} tokens, longer than the {} that it was trained on",
                        name,
                        contextLength,
                        model.longestContext());
            }
        });
    }

    static void requireContext(String name, CausalModel model, int contextLength) {
        try {
            model.requireContext(contextLength);
        } catch (ModelException e) {
            throw new UsageException(name + " cannot be evaluated on this topic: " + e.getMessage());
        }
    }

    /** Passes each model with its sums. */
    void forEach(BiConsumer<LanguageModel, double[]> action) {
        models.forEach((name, model) -> action.accept(model, sums.get(name)));
    }

    /**
     * Adds the sums of a batch. The order of the batches decides how they are rounded.
     *
     * @param ofBatch sums of the teacher, then those of the models in their order
     */
    void add(List<double[]> ofBatch) {
        Evaluator.add(ofTeacher(), ofBatch.get(0));
        int next = 1;
        for (String name : models.keySet()) {
            Evaluator.add(sums.get(name), ofBatch.get(next++));
        }
    }

    /** Sums of the teacher. */
    double[] ofTeacher() {
        return sums.get(TEACHER);
    }

    /** Counts a batch whose sums were added. */
    void count(TrainingBatch batch, Tokenizer tokenizer) {
        requireNumbers(batch);
        tokens += batch.predicted();
        bytes += Evaluator.predictedBytes(batch, tokenizer);
    }

    // A teacher with NaN is named alone: without it the models' divergences have no meaning.
    private void requireNumbers(TrainingBatch batch) {
        for (String name : Double.isNaN(ofTeacher()[0]) ? List.of(TEACHER) : List.copyOf(sums.keySet())) {
            if (Double.isNaN(sums.get(name)[0])) {
                throw new LogitstreamException((name.equals(TEACHER) ? "the teacher" : "model " + name)
                        + ": its logits are not finite at batch " + batch.key()
                        + " of the held-out topic; its weights contain NaN, or its"
                        + " activations overflow, as half-precision models can");
            }
        }
    }

    /** Number of predicted tokens so far. */
    long tokens() {
        return tokens;
    }

    /**
     * Evaluations by name.
     *
     * @param keptOnly whether the divergences are over what a served teacher keeps
     */
    Map<String, Evaluation> results(boolean keptOnly) {
        if (tokens == 0) {
            throw new LogitstreamException("the held-out topic holds no tokens");
        }
        Map<String, Evaluation> results = new LinkedHashMap<>();
        sums.forEach((name, sum) -> results.put(name, Evaluator.evaluation(sum, tokens, bytes, keptOnly)));
        return results;
    }

    @Override
    public void close() {
        models.values().forEach(CausalModel::close);
    }
}
