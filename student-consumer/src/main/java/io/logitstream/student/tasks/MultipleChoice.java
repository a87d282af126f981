package io.logitstream.student.tasks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Scores a model on multiple-choice tasks. Requests of similar length go through the model together; the output head is
 * applied to the scored positions only.
 */
public final class MultipleChoice implements AutoCloseable {
    /** Padded positions of a forward pass. */
    private static final int BATCH_TOKENS = 4096;
    /** Values of a chunk [C, V]: 8 MiB of float32. */
    private static final long CHUNK_VALUES = 2L << 20;

    private final LanguageModel model;
    private final Tokenizer tokenizer;
    private final NDManager manager;
    private final TorchScript kernels;

    /**
     * A scorer.
     *
     * @param model model, which the caller closes
     * @param tokenizer tokenizer of the model
     * @throws UsageException when the tokenizer has more tokens than the model's vocabulary
     */
    public MultipleChoice(LanguageModel model, Tokenizer tokenizer) {
        if (tokenizer.vocabularySize() > model.config().vocabularySize()) {
            throw new UsageException("tokenizer " + tokenizer.file() + " has " + tokenizer.vocabularySize()
                    + " tokens, more than the vocabulary of the model, "
                    + model.config().vocabularySize());
        }
        this.model = model;
        this.tokenizer = tokenizer;
        this.manager = model.newScope();
        this.kernels = TorchScript.load(manager, MultipleChoice.class, "likelihood.py");
    }

    /**
     * Scores a task.
     *
     * @param task the task
     * @param progress receives the number of choices scored so far
     * @throws UsageException for an item that the model cannot score, with the file and the number of the item
     */
    public TaskScore score(TaskFile task, LongConsumer progress) {
        return new TaskTally(task.items(), logLikelihoods(task, progress)).score();
    }

    /** Sums of log-probabilities, in nats, for each choice of each item. */
    List<double[]> logLikelihoods(TaskFile task, LongConsumer progress) {
        List<EncodedRequest> requests = new ArrayList<>();
        for (int item = 0; item < task.items().size(); item++) {
            for (MultipleChoiceItem.Request request : task.items().get(item).requests()) {
                requests.add(encode(task, item, request));
            }
        }
        List<Integer> longestFirst = IntStream.range(0, requests.size())
                .boxed()
                .sorted(Comparator.comparing(
                        (Integer index) -> -requests.get(index).tokens().length))
                .toList();
        double[] all = new double[requests.size()];
        for (int begin = 0, end; begin < longestFirst.size(); begin = end) {
            int width = requests.get(longestFirst.get(begin)).tokens().length - 1;
            end = Math.min(longestFirst.size(), begin + Math.max(1, BATCH_TOKENS / width));
            score(requests, longestFirst.subList(begin, end), width, all);
            progress.accept(end);
        }
        List<double[]> byItem = new ArrayList<>();
        int next = 0;
        for (MultipleChoiceItem item : task.items()) {
            byItem.add(Arrays.copyOfRange(all, next, next += item.requests().size()));
        }
        return byItem;
    }

    private EncodedRequest encode(TaskFile task, int item, MultipleChoiceItem.Request request) {
        EncodedRequest encoded = EncodedRequest.of(tokenizer, request);
        int most = model.config().maxPositions();
        if (encoded.scored() <= 0 || encoded.scored() >= encoded.tokens().length || encoded.scored() > most) {
            throw new UsageException(task.file() + ": item " + (item + 1) + " has a choice that cannot be scored: "
                    + encoded.scored() + " of " + encoded.tokens().length + " tokens are its own, and the model reads "
                    + most
                    + " at a time; the choice: '" + request.continuation() + "'");
        }
        return encoded.within(most);
    }

    private void score(List<EncodedRequest> requests, List<Integer> batch, int width, double[] into) {
        int scored =
                batch.stream().mapToInt(index -> requests.get(index).scored()).sum();
        int[] ids = new int[batch.size() * width];
        long[] places = new long[scored];
        long[] targets = new long[scored];
        int next = 0;
        for (int row = 0; row < batch.size(); row++) {
            EncodedRequest request = requests.get(batch.get(row));
            int length = request.tokens().length - 1;
            // The rest of the row is padding; causal attention keeps it from the scored positions.
            System.arraycopy(request.tokens(), 0, ids, row * width, length);
            for (int position = length - request.scored(); position < length; position++) {
                places[next] = (long) row * width + position;
                targets[next++] = request.tokens()[position + 1];
            }
        }
        double[] logLikelihoods = logLikelihoods(ids, batch.size(), width, places, targets);
        if (Arrays.stream(logLikelihoods).anyMatch(Double::isNaN)) {
            throw new ModelException(
                    "the model's logits are not finite; its weights contain NaN, or its activations overflow,"
                            + " as half-precision models can");
        }
        next = 0;
        for (int index : batch) {
            for (int i = 0; i < requests.get(index).scored(); i++) {
                into[index] += logLikelihoods[next++];
            }
        }
    }

    private double[] logLikelihoods(int[] ids, int rows, int width, long[] places, long[] targets) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray hidden_ND = model.hidden(scope.create(ids, new Shape(rows, width)))
                    .reshape((long) rows * width, model.config().hiddenSize());
            return kernels.run(
                            scope,
                            "log_likelihoods",
                            hidden_ND,
                            scope.create(places),
                            model.outputWeight(),
                            scope.create(targets, new Shape(targets.length, 1)),
                            Math.max(1, CHUNK_VALUES / model.config().vocabularySize()),
                            model.config().arithmetic().logitsCap())
                    .get(0)
                    .toDoubleArray();
        }
    }

    @Override
    public void close() {
        kernels.close();
        manager.close();
    }
}
