package io.logitstream.student.tasks;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Computes the score of a task from log-likelihoods.
 *
 * @param items the items
 * @param logLikelihoods for each item the log-likelihoods of its choices
 */
record TaskTally(List<MultipleChoiceItem> items, List<double[]> logLikelihoods) {

    TaskScore score() {
        double acc = accuracy(choice -> 1, false);
        boolean normalised = !items.get(0).choices().isEmpty();
        Double accNorm = normalised ? accuracy(choice -> choice.codePointCount(0, choice.length()), true) : null;
        Double accBytes = normalised ? accuracy(choice -> choice.getBytes(StandardCharsets.UTF_8).length, true) : null;
        double error = items.size() == 1 ? 0 : Math.sqrt(acc * (1 - acc) / (items.size() - 1));
        return new TaskScore(acc, accNorm, accBytes, error, items.size());
    }

    private double accuracy(ToIntFunction<String> length, boolean normalised) {
        int right = 0;
        for (int i = 0; i < items.size(); i++) {
            double[] values = logLikelihoods.get(i).clone();
            for (int choice = 0; normalised && choice < values.length; choice++) {
                // An empty choice divides by zero, as in the harness: it is then never the best one.
                values[choice] /= length.applyAsInt(items.get(i).choices().get(choice));
            }
            right += first(values) == items.get(i).gold() ? 1 : 0;
        }
        return (double) right / items.size();
    }

    private static int first(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
