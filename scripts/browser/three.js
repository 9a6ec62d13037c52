// What the pages use of three.js; scripts/assets.py makes one small file of it without the rest.
// Add a name here to use it in a page: import { … } from ".../vendor/three.js".
export {
  AlwaysStencilFunc, BackSide, Box3, BoxGeometry, BufferAttribute, BufferGeometry, Color, DecrementWrapStencilOp,
  DirectionalLight, DoubleSide, EdgesGeometry, FrontSide, GridHelper, Group, HemisphereLight, IncrementWrapStencilOp,
  InstancedMesh, Line, LineBasicMaterial, LineSegments, Matrix4, Mesh, MeshBasicMaterial, MeshLambertMaterial,
  NotEqualStencilFunc, PerspectiveCamera, Plane, PlaneGeometry, Points, PointsMaterial, Quaternion, Raycaster,
  ReplaceStencilOp, Scene, Sphere, Triangle, Vector2, Vector3, WebGLRenderer,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
