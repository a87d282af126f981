package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.config.ResumeOptions;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides at which offset of a tokens partition the stream goes on. The logits topic decides: a committed logits record
 * and the group's offset are of one transaction, but only the former stays. Between the two there may be dead letters.
 */
final class ResumeRule {
    /**
     * Where to go on.
     *
     * @param offset next offset to be read
     * @param note what the user should know; null where all is as it was left
     */
    record Decision(long offset, String note) {}

    private final TopicIdentity tokens;
    private final String logitsTopic;
    private final String group;
    private final ResumeOptions options;
    private final TopicLookup evidence;

    /**
     * @param tokens the tokens topic as it is now
     * @param logitsTopic topic that is written
     * @param group consumer group of the stream
     * @param options what the user allows
     * @param evidence looks things up
     */
    ResumeRule(TopicIdentity tokens, String logitsTopic, String group, ResumeOptions options, TopicLookup evidence) {
        this.tokens = tokens;
        this.logitsTopic = logitsTopic;
        this.group = group;
        this.options = options;
        this.evidence = evidence;
    }

    /**
     * Decides for one partition.
     *
     * @throws LogitstreamException when the stream cannot go on without a loss, or in another text
     */
    Decision decide(PartitionState view) {
        requireSameTopic(view);
        Decision decision = view.last() == null ? withoutLogits(view) : behindLogits(view);
        if (decision.offset > view.tokensEnd()) {
            throw new LogitstreamException(
                    name(view) + " ends at offset " + view.tokensEnd() + ", but the stream has read it up"
                            + " to offset " + decision.offset
                            + ": the topic has lost its end, or was made again; take another logits topic"
                            + " (--set topics.logits=NAME)");
        }
        return decision.offset < view.tokensBegin() ? behindDeleted(view, decision) : decision;
    }

    private void requireSameTopic(PartitionState view) {
        if (view.last() == null || view.last().source() == null || options.mirrored()) {
            return;
        }
        Optional<String> change = tokens.changeSince(view.last().source().topic(tokens.name()));
        if (change.isPresent()) {
            boolean added = view.last().source().partitions() != tokens.partitions();
            throw new LogitstreamException(
                    change.get() + ": topic " + logitsTopic + " holds the logits of the topic as it was; "
                            + (added
                                    ? "batch n of a corpus belongs in partition n mod partitions, so publish the corpus into another topic"
                                            + " (topics.tokens) and take another logits topic (topics.logits)"
                                    : "take another logits topic (--set topics.logits=NAME), or, if both topics are copies of those before, start"
                                            + " with --mirrored"));
        }
    }

    private Decision withoutLogits(PartitionState view) {
        Long committed = view.committed();
        if (view.logitsBegin() > 0) {
            if (committed == null) {
                throw new LogitstreamException(
                        "topic " + logitsTopic + ", partition " + view.partition() + ": its records were"
                                + " deleted (retention), and group " + group + " has no offset of topic "
                                + tokens.name() + ", so that nothing"
                                + " tells where to go on; take another logits topic (--set topics.logits=NAME)");
            }
            return new Decision(committed, null);
        }
        if (committed == null) {
            return new Decision(
                    view.tokensBegin(),
                    view.tokensBegin() == 0
                            ? null
                            : name(view) + ": the records before offset " + view.tokensBegin()
                                    + " are no longer there (deleted by retention or by hand): the logits begin behind them");
        }
        if (committed <= view.tokensBegin()) {
            return new Decision(committed, null);
        }
        if (!options.retryDeadLetters()
                && evidence.areDeadLetters(
                        view.partition(), view.tokensBegin(), Math.min(committed, view.tokensEnd()))) {
            return new Decision(committed, null);
        }
        return new Decision(
                view.tokensBegin(),
                options.retryDeadLetters()
                        ? again(view, view.tokensBegin())
                        : "topic " + logitsTopic + ", partition " + view.partition() + " is empty, although group "
                                + group + " has read " + name(view) + " up to offset " + committed
                                + "; was it deleted and made again? All of it is taught again");
    }

    private Decision behindLogits(PartitionState view) {
        PartitionState.Last last = view.last();
        long next;
        if (last.source() != null && !options.mirrored()) {
            next = last.source().offset() + 1;
        } else {
            OptionalLong found = evidence.offsetOfLast(view);
            if (found.isEmpty()) {
                return withoutSource(view);
            }
            next = found.getAsLong() + 1;
        }
        Long committed = view.committed();
        if (committed != null && committed == next) {
            return new Decision(next, null);
        }
        if (committed == null) {
            return new Decision(
                    next,
                    "group " + group + " has no offset of " + name(view) + " (expired or deleted): the stream"
                            + " goes on behind " + last.key() + ", the last record of topic " + logitsTopic
                            + ", at offset " + next);
        }
        if (committed > next) {
            if (options.retryDeadLetters()) {
                return new Decision(next, again(view, next));
            }
            if (evidence.areDeadLetters(view.partition(), next, Math.min(committed, view.tokensEnd()))) {
                return new Decision(committed, null);
            }
        }
        return new Decision(
                next,
                "group " + group + " stands at offset " + committed + " of " + name(view) + ", but topic " + logitsTopic
                        + " ends with " + last.key() + " of offset " + (next - 1) + ": the stream goes on at offset "
                        + next);
    }

    // A record of an older version, which does not say where it came from.
    private Decision withoutSource(PartitionState view) {
        String what = name(view) + " does not hold " + view.last().key()
                + " with the same tokens, the last record of topic " + logitsTopic;
        if (view.tokensBegin() == 0 || options.mirrored()) {
            throw new LogitstreamException(
                    what + ": it was made from another topic, or topic " + tokens.name() + " was deleted and"
                            + " made again with another text; take another logits topic (--set topics.logits=NAME)");
        }
        if (view.committed() == null) {
            throw new LogitstreamException(
                    what + ", any more (retention), and group " + group + " has no offset of it, so that"
                            + " nothing tells where to go on; take another logits topic (--set topics.logits=NAME)");
        }
        return new Decision(view.committed(), null);
    }

    private Decision behindDeleted(PartitionState view, Decision decision) {
        if (!isLoss(view, decision.offset)) {
            return new Decision(view.tokensBegin(), decision.note);
        }
        String what = name(view) + ": the records at offsets " + decision.offset + " to " + (view.tokensBegin() - 1)
                + " are no longer there (deleted by retention or by hand), and the teacher stream has not read them";
        if (!options.skipDeleted()) {
            throw new LogitstreamException(what
                    + "; publish the corpus again into another topic, or go on without them with" + " --skip-deleted");
        }
        return new Decision(view.tokensBegin(), what + ": it goes on behind them");
    }

    // The end of a transaction takes an offset, too, and is no loss.
    private boolean isLoss(PartitionState view, long next) {
        PartitionState.First first = evidence.first(view.partition());
        PartitionState.Last last = view.last();
        if (first != null
                && last != null
                && first.number() != null
                && last.number() != null
                && corpus(first.key()).equals(corpus(last.key()))) {
            return first.number() > last.number() + tokens.partitions();
        }
        return view.tokensBegin() - next > 1 || first != null && first.offset() > view.tokensBegin();
    }

    private static String corpus(String key) {
        return key.substring(0, Math.max(0, key.indexOf('/')));
    }

    private String again(PartitionState view, long from) {
        return name(view) + ": what lies from offset " + from + " on is taught again, dead letters included";
    }

    private String name(PartitionState view) {
        return "topic " + tokens.name() + ", partition " + view.partition();
    }
}
