package io.logitstream.student.tasks;

import java.util.List;

/**
 * A question with its choices.
 *
 * @param requests for each choice the text whose likelihood speaks for it
 * @param choices the choices as their lengths are counted; empty where accuracy is not normalised by length
 * @param gold index of the right one
 */
record MultipleChoiceItem(List<Request> requests, List<String> choices, int gold) {
    /**
     * A text to score.
     *
     * @param context what it is conditioned on
     * @param continuation what is scored
     */
    record Request(String context, String continuation) {}
}
