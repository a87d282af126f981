package io.logitstream.teacher.served.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.teacher.served.client.ServerFailure.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
    private static AddressPool pool(Duration idle, String... urls) {
        AddressPool pool = new AddressPool(List.of(urls), idle);
        pool.addresses().forEach(pool::verified);
        return pool;
    }

    private static ServerFailure down() {
        return new ServerFailure(Kind.DOWN, "down", null);
    }

    /** Takes an address as soon as it may be used again. */
    private static AddressPool.Lease takeAgain(AddressPool pool) throws InterruptedException {
        AddressPool.Lease lease = null;
        while (lease == null) {
            lease = pool.take(null);
        }
        return lease;
    }

    @Test
    void theAddressWithTheFewestRequestsIsTaken() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a", "b", "c");
        AddressPool.Lease first = pool.take(null);
        AddressPool.Lease second = pool.take(null);
        AddressPool.Lease third = pool.take(null);
        assertThat(List.of(
                        first.address().url(),
                        second.address().url(),
                        third.address().url()))
                .containsExactlyInAnyOrder("a", "b", "c");

        pool.succeeded(second);
        assertThat(pool.take(null).address()).isSameAs(second.address());
    }

    @Test
    void theAddressToAvoidIsTakenOnlyIfThereIsNoOther() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a", "b");
        AddressPool.Lease first = pool.take(null);
        pool.succeeded(first);
        for (int i = 0; i < 5; i++) {
            assertThat(pool.take(first.address()).address()).isNotSameAs(first.address());
        }
        AddressPool single = pool(Duration.ofHours(1), "a");
        assertThat(single.take(single.addresses().get(0))).isNotNull();
    }

    /** Requests that fail together count as one failure, after which a single request verifies the model. */
    @Test
    void anAddressThatFailedIsTriedByOneRequest() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a");
        long before = System.nanoTime();
        List<AddressPool.Lease> together = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            together.add(pool.take(null));
        }
        together.forEach(each -> pool.failed(each, before, down()));
        AddressPool.Lease only = takeAgain(pool);
        assertThat(only.address().failures).isEqualTo(1);
        assertThat(only.address().verified).isFalse();
        assertThat(only.verifies()).isTrue();
        assertThat(pool.take(null)).isNull();

        pool.succeeded(only);
        assertThat(pool.take(null).verifies()).isFalse();
    }

    /** Its server may have been stopped and started with another model since. */
    @Test
    void theAnswerToARequestFromBeforeAFailureVerifiesNothing() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a");
        long before = System.nanoTime();
        AddressPool.Lease early = pool.take(null);
        pool.failed(pool.take(null), before, down());
        pool.succeeded(early);

        assertThat(pool.allFailed()).isTrue();
        assertThat(takeAgain(pool).verifies()).isTrue();
    }

    @Test
    void theEndOfAnEarlierRequestLetsNoSecondOneToAnAddressThatIsVerified() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a");
        long before = System.nanoTime();
        AddressPool.Lease answered = pool.take(null);
        AddressPool.Lease cancelled = pool.take(null);
        pool.failed(pool.take(null), before, down());
        AddressPool.Lease only = takeAgain(pool);
        pool.succeeded(answered);
        pool.released(cancelled);
        assertThat(pool.take(null)).isNull();

        pool.succeeded(only);
        assertThat(pool.take(null).verifies()).isFalse();
    }

    @Test
    void aFailureWhileTheModelIsVerifiedHasItVerifiedAgain() throws Exception {
        AddressPool pool = pool(Duration.ofHours(1), "a");
        AddressPool.Lease early = pool.take(null);
        pool.suspected(pool.take(null));
        AddressPool.Lease only = takeAgain(pool);
        pool.suspected(early);
        pool.succeeded(only);

        assertThat(pool.take(null).verifies()).isTrue();
    }

    @Test
    void anAddressThatWasIdleIsVerifiedAgain() throws Exception {
        AddressPool pool = pool(Duration.ZERO, "a");
        AddressPool.Lease first = pool.take(null);
        assertThat(first.verifies()).isTrue();
        pool.succeeded(first);
        assertThat(pool.take(null).verifies()).isTrue();

        AddressPool busy = pool(Duration.ofHours(1), "a");
        assertThat(busy.take(null).verifies()).isFalse();
    }

    @Test
    void delaysGrowUpToALimitAndVary() {
        assertThat(RetryDelay.nanos(1, Duration.ZERO)).isBetween(100_000_000L, 300_000_000L);
        assertThat(RetryDelay.nanos(4, Duration.ZERO)).isBetween(800_000_000L, 2_400_000_000L);
        assertThat(RetryDelay.nanos(1_000, Duration.ZERO)).isBetween(15_000_000_000L, 45_000_000_000L);
        assertThat(RetryDelay.nanos(1, Duration.ofSeconds(9))).isEqualTo(9_000_000_000L);
        assertThat(RetryDelay.nanos(3, Duration.ZERO)).isNotEqualTo(RetryDelay.nanos(3, Duration.ZERO));
    }
}
