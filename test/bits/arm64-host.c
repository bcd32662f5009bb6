/* Runs a program of an object for ARM64 outside of Node: the functions of Node-API that an object asks for, as far as it does, and
 * a main that is given the object, and a file with what a call is given. The file is mapped, so that what the program writes
 * is in it afterwards. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef struct value {
  void *data;
  int64_t number;
  struct value *items;
  uint32_t length;
} value;
typedef value *(*callback)(void *, void *);

static callback run;
static value arguments[8];

int napi_create_function(void *env, const char *name, size_t n, callback made, void *data, value **to) {
  if (strcmp(name, "run") == 0) run = made;
  *to = arguments;
  return 0;
}
int napi_set_named_property(void *env, value *object, const char *name, value *to) { return 0; }
int napi_get_cb_info(void *env, void *info, size_t *n, value **to, value **self, void **data) {
  *n = 8;
  for (int k = 0; k < 8; k++) to[k] = &arguments[k];
  return 0;
}
int napi_get_typedarray_info(void *env, value *v, int *type, size_t *n, void **data, value **buffer, size_t *offset) {
  *data = v->data;
  return 0;
}
int napi_get_array_length(void *env, value *v, uint32_t *n) { *n = v->length; return 0; }
int napi_get_element(void *env, value *v, uint32_t k, value **to) { *to = &v->items[k]; return 0; }
int napi_get_value_int64(void *env, value *v, int64_t *to) { *to = v->number; return 0; }
int napi_create_uint32(void *env, uint32_t n, value **to) { return 1; }
int napi_create_external(void *env, void *data, void *end, void *hint, value **to) { return 1; }
int napi_get_value_external(void *env, value *v, void **to) { return 1; }

/* The file: program, from, to, numbers of constants, xs and ys; then the place of the arena and of each of them. */
int main(int count, char **words) {
  static value tensors[4096];
  void *object = count == 3 ? dlopen(words[1], RTLD_NOW) : 0;
  if (object == 0) return fprintf(stderr, "error: %s\n", count == 3 ? dlerror() : "expected an object and a file"), 1;
  const int file = open(words[2], O_RDWR);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) return fprintf(stderr, "error: no file %s\n", words[2]), 1;
  char *bytes = mmap(0, about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) return fprintf(stderr, "error: %s cannot be mapped\n", words[2]), 1;
  const int64_t *head = (const int64_t *)bytes, *place = head + 6;
  arguments[0].number = head[0];
  arguments[5].number = head[1];
  arguments[6].number = head[2];
  arguments[1].data = bytes + *place++;
  value *next = tensors;
  for (int k = 0; k < 3; k++) {
    arguments[2 + k].items = next;
    arguments[2 + k].length = head[3 + k];
    for (int64_t i = 0; i < head[3 + k]; i++) (next++)->data = bytes + *place++;
  }
  ((value * (*)(void *, value *)) dlsym(object, "napi_register_module_v1"))(0, arguments);
  run(0, 0);
  return munmap(bytes, about.st_size);
}
