package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.config.ResumeOptions;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides at which offset of a tokens partition the stream continues. The last logits record is decisive: it was
 * committed in one transaction with the group's offset, but offsets can expire or be reset. Records between the last
 * logits record and the group's offset are accepted if they are dead letters.
 */
final class ResumeRule {
    /**
     * Resume offset of a partition.
     *
     * @param offset next offset to read
     * @param note warning for the user; null if the group's offset is kept
     */
    record Decision(long offset, String note) {}

    private final TopicIdentity tokens;
    private final String logitsTopic;
    private final String group;
    private final ResumeOptions options;
    private final TopicLookup lookup;

    /**
     * @param tokens the tokens topic
     * @param logitsTopic name of the logits topic
     * @param group consumer group of the stream
     * @param options losses and repetitions that the user accepts
     * @param lookup lookups in the topics
     */
    ResumeRule(TopicIdentity tokens, String logitsTopic, String group, ResumeOptions options, TopicLookup lookup) {
        this.tokens = tokens;
        this.logitsTopic = logitsTopic;
        this.group = group;
        this.options = options;
        this.lookup = lookup;
    }

    /**
     * Decides for one partition.
     *
     * @throws LogitstreamException when the stream cannot continue without losing batches, or when the topic is another
     *     one
     */
    Decision decide(PartitionState view) {
        requireSameTopic(view);
        Decision decision = view.last() == null ? withoutLogits(view) : behindLogits(view);
        if (decision.offset > view.tokensEnd()) {
            throw new LogitstreamException(
                    name(view) + " ends at offset " + view.tokensEnd() + ", but the stream has read it up"
                            + " to offset " + decision.offset
                            + ": records at the end of the topic were lost, or it was deleted and recreated; use"
                            + " another logits topic (--set topics.logits=NAME)");
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
                    change.get() + ": topic " + logitsTopic + " holds the logits of the earlier topic; "
                            + (added
                                    ? "batch n of a corpus belongs in partition n modulo the number of partitions, so publish the corpus to"
                                            + " another topic (topics.tokens) and use another logits topic (topics.logits)"
                                    : "use another logits topic (--set topics.logits=NAME), or, if both topics are copies of the earlier ones,"
                                            + " start with --mirrored"));
        }
    }

    private Decision withoutLogits(PartitionState view) {
        Long committed = view.committed();
        if (view.logitsBegin() > 0) {
            if (committed == null) {
                throw new LogitstreamException(
                        "topic " + logitsTopic + ", partition " + view.partition() + ": its records were"
                                + " deleted (retention), and group " + group + " has no offset for topic "
                                + tokens.name() + ", so the"
                                + " resume offset is unknown; use another logits topic (--set topics.logits=NAME)");
            }
            return new Decision(committed, null);
        }
        if (committed == null) {
            return new Decision(
                    view.tokensBegin(),
                    view.tokensBegin() == 0
                            ? null
                            : name(view) + ": the records before offset " + view.tokensBegin()
                                    + " are no longer there (deleted by retention or by hand): the logits begin after"
                                    + " them");
        }
        if (committed <= view.tokensBegin()) {
            return new Decision(committed, null);
        }
        if (!options.retryDeadLetters()
                && lookup.areDeadLetters(view.partition(), view.tokensBegin(), Math.min(committed, view.tokensEnd()))) {
            return new Decision(committed, null);
        }
        return new Decision(
                view.tokensBegin(),
                options.retryDeadLetters()
                        ? again(view, view.tokensBegin())
                        : "topic " + logitsTopic + ", partition " + view.partition() + " is empty, although group "
                                + group + " has read " + name(view) + " up to offset " + committed
                                + "; was it deleted and recreated? The stream starts again at the first record");
    }

    private Decision behindLogits(PartitionState view) {
        PartitionState.Last last = view.last();
        long next;
        if (last.source() != null && !options.mirrored()) {
            next = last.source().offset() + 1;
        } else {
            OptionalLong found = lookup.offsetOfLast(view);
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
                    "group " + group + " has no offset for " + name(view)
                            + " (expired, deleted or not committed): the stream"
                            + " continues after " + last.key() + ", the last record of topic " + logitsTopic
                            + ", at offset " + next);
        }
        if (committed > next) {
            if (options.retryDeadLetters()) {
                return new Decision(next, again(view, next));
            }
            if (lookup.areDeadLetters(view.partition(), next, Math.min(committed, view.tokensEnd()))) {
                return new Decision(committed, null);
            }
        }
        return new Decision(
                next,
                "group " + group + " is at offset " + committed + " of " + name(view) + ", but topic " + logitsTopic
                        + " ends with " + last.key() + ", made from offset " + (next - 1)
                        + ": the stream continues at offset "
                        + next);
    }

    // Records of older versions have no source position.
    private Decision withoutSource(PartitionState view) {
        String last = view.last().key() + ", the last record of topic " + logitsTopic + ", is ";
        String there = "in partition " + view.partition() + " of topic " + tokens.name();
        if (view.tokensBegin() == 0 || options.mirrored()) {
            throw new LogitstreamException(
                    last + "not " + there + " with the same tokens: it was made from another topic, or topic "
                            + tokens.name()
                            + " was deleted, and recreated with other text; use another logits topic"
                            + " (--set topics.logits=NAME)");
        }
        if (view.committed() == null) {
            throw new LogitstreamException(last + "no longer " + there + " (retention), and group " + group
                    + " has no offset for it, so the resume offset is unknown; use another logits topic"
                    + " (--set topics.logits=NAME)");
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
            throw new LogitstreamException(
                    what + "; publish the corpus again to another topic, or continue without them with --skip-deleted");
        }
        return new Decision(view.tokensBegin(), what + ": the stream continues after them");
    }

    // Transaction markers take offsets as well; a gap of one offset is not a loss.
    private boolean isLoss(PartitionState view, long next) {
        PartitionState.First first = lookup.first(view.partition());
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
        return name(view) + ": the records from offset " + from + " on are taught again, dead letters included";
    }

    private String name(PartitionState view) {
        return "topic " + tokens.name() + ", partition " + view.partition();
    }
}
