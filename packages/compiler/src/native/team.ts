/**
 * Threads in C: a team that is started once, waits between calls, and meets within them. Whoever waits does so awake for a
 * short while, then asleep. What it needs of the system is declared here, so that no headers are needed; mutexes and
 * conditions get more room than any system takes.
 */
import { MOST_THREADS, PLACES } from '../memory/plan.js'

/** Turns of a wait before it becomes a sleep: some tens of microseconds. */
const TURNS = 1500

/** The C of a team. `w` is the thread at hand wherever kernels are written. */
export const TEAM = `/* Threads. */
extern int pthread_create(unsigned long *, const void *, void *(*)(void *), void *), pthread_join(unsigned long, void **);
extern int pthread_mutex_init(void *, const void *), pthread_mutex_lock(void *), pthread_mutex_unlock(void *);
extern int pthread_cond_init(void *, const void *), pthread_cond_wait(void *, void *), pthread_cond_broadcast(void *);
extern void *calloc(size, size); extern void free(void *);
#if defined(__x86_64__) || defined(__i386__)
#define PAUSE __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE __asm__ volatile("yield")
#else
#define PAUSE
#endif
typedef struct team team;
/* One of \`threads\` threads. */
typedef struct { team *of; long thread, threads; } worker;
struct team {
  i32 arrived, apart[31], meeting, from_here[31], call, and_here[31], asleep, ends;
  long threads;
  void (*work)(worker *, const void *); const void *job;
  u64 mutex[16], condition[16];
  unsigned long ids[${MOST_THREADS}];
  worker workers[${MOST_THREADS}];
};
/* Waits until a number is another one. */
static void await_change(team *t, i32 *number, i32 old) {
  for (int k = 0; k < ${TURNS}; k++) {
    if (__atomic_load_n(number, __ATOMIC_ACQUIRE) != old) return;
    PAUSE;
  }
  pthread_mutex_lock(t->mutex);
  __atomic_add_fetch(&t->asleep, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(number, __ATOMIC_SEQ_CST) == old) pthread_cond_wait(t->condition, t->mutex);
  __atomic_sub_fetch(&t->asleep, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(t->mutex);
}
static void change(team *t, i32 *number) {
  __atomic_add_fetch(number, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&t->asleep, __ATOMIC_SEQ_CST) == 0) return;
  pthread_mutex_lock(t->mutex); pthread_cond_broadcast(t->condition); pthread_mutex_unlock(t->mutex);
}
/* Waits until all threads are here: what each did before, all see afterwards. */
static __attribute__((noinline)) void meet(worker *w) {
  team *const t = w->of;
  const i32 old = __atomic_load_n(&t->meeting, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&t->arrived, 1, __ATOMIC_ACQ_REL) < w->threads) { await_change(t, &t->meeting, old); return; }
  __atomic_store_n(&t->arrived, 0, __ATOMIC_RELAXED);
  change(t, &t->meeting);
}
#define MEET if (w->threads > 1) meet(w)
/* The first of the units that are this thread's, or the next thread's. */
#define SHARE(units, next) ((units) * (w->thread + next) / w->threads)
FN long at_most(long x, long most) { return x < most ? x : most; }
FN long within(long x, long most) { return x < 0 ? 0 : at_most(x, most); }
FN i32 guarded(u8 *m, const worker *w, i32 row, i32 limit, i32 fault) {
  i32 *const place = (i32 *)m + 2 * (w->thread * ${PLACES} / w->threads);
  if (row >= 0 && row < limit) return row;
  if (__sync_bool_compare_and_swap(place, 0, 1 + fault)) place[1] = row;
  return 0;
}
static void *serve(void *given) {
  worker *const w = given; team *const t = w->of;
  for (i32 call = 0;; call++) {
    await_change(t, &t->call, call);
    if (t->ends) return 0;
    t->work(w, t->job);
  }
}
/* Ends the threads of a team; it may be done again. */
static void disband(team *t) {
  if (t->threads == 1) return;
  t->ends = 1;
  change(t, &t->call);
  for (long k = 1; k < t->threads; k++) pthread_join(t->ids[k], 0);
  t->threads = 1;
}
/* A team of as many threads as there can be, at most so many. */
static team *assemble(long most) {
  team *const t = calloc(1, sizeof(team));
  if (t == 0) return 0;
  pthread_mutex_init(t->mutex, 0); pthread_cond_init(t->condition, 0);
  for (t->threads = 1; t->threads < most && t->threads < ${MOST_THREADS}; t->threads++) {
    const long k = t->threads;
    t->workers[k] = (worker){t, k, 0};
    if (pthread_create(&t->ids[k], 0, serve, &t->workers[k])) break;
  }
  for (long k = 0; k < t->threads; k++) t->workers[k] = (worker){t, k, t->threads};
  return t;
}`
