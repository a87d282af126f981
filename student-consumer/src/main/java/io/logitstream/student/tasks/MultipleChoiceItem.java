package io.logitstream.student.tasks;

import java.util.List;

/**
 * A question with its choices.
 *
 * @param requests for each choice the text whose likelihood is its score
 * @param choices for each choice the text whose length normalises the score; empty where the task has no such accuracy
 * @param gold index of the correct choice
 */
record MultipleChoiceItem(List<Request> requests, List<String> choices, int gold) {
    /**
     * A text to score.
     *
     * @param context condition of the likelihood
     * @param continuation text whose likelihood is computed
     */
    record Request(String context, String continuation) {}
}
