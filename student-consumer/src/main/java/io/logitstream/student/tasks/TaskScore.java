package io.logitstream.student.tasks;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Score of a model on a task.
 *
 * @param acc share of the items whose correct choice has the highest log-likelihood
 * @param accNorm the same with log-likelihoods divided by the characters of the choice, the harness's {@code acc_norm};
 *     null for winogrande
 * @param accBytes the same with log-likelihoods divided by the UTF-8 bytes of the choice, the harness's {@code
 *     acc_bytes}; null for winogrande
 * @param accError standard error of {@code acc}; 0 for a single item
 * @param items number of items
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TaskScore(double acc, Double accNorm, Double accBytes, double accError, int items) {}
