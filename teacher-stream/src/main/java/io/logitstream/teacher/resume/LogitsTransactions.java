package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import io.logitstream.schemas.kafka.OpenTransactions;
import io.logitstream.schemas.kafka.OpenTransactions.OpenTransaction;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Open transactions of the logits topic, requested from the brokers. */
final class LogitsTransactions implements AbandonedTransactions.Brokers {
    private static final Logger LOG = LoggerFactory.getLogger(LogitsTransactions.class);

    private final OpenTransactions transactions;
    private final List<TopicPartition> partitions;
    private String untold;

    LogitsTransactions(Admin admin, TopicIdentity logits) {
        this.transactions = new OpenTransactions(admin);
        this.partitions = IntStream.range(0, logits.partitions())
                .mapToObj(partition -> new TopicPartition(logits.name(), partition))
                .toList();
    }

    @Override
    public List<OpenTransaction> open() {
        try {
            List<OpenTransaction> open = transactions.in(partitions);
            untold = null;
            return open;
        } catch (ExecutionException e) {
            // Old brokers do not know the request, and users may lack the right.
            LOG.debug("the brokers do not tell the open transactions of {}", partitions, e);
            untold = BrokerErrors.text("the broker refuses the request", e);
            return null;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public String untold() {
        return untold;
    }

    @Override
    public String fence(String transactionalId) {
        try {
            transactions.fence(transactionalId);
            return null;
        } catch (ExecutionException e) {
            return BrokerErrors.text("the broker refuses to end it", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public String abort(OpenTransaction transaction) {
        try {
            if (!transactions.showEveryOwner()) {
                return "this user may not describe every transactional id, or a coordinator is offline";
            }
            // A coordinator that was offline at the look before may know the owner.
            if (transactions.in(List.of(transaction.partition())).stream()
                    .noneMatch(each -> each.isSame(transaction) && each.owner() == null)) {
                return "it has ended meanwhile, or a coordinator shows its owner now";
            }
            transactions.abort(transaction);
            return null;
        } catch (ExecutionException e) {
            return BrokerErrors.text("the broker refuses to abort it", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static LogitstreamException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new LogitstreamException("interrupted while waiting for the brokers", e);
    }
}
